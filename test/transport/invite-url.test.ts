import { describe, expect, it } from 'vitest';
import type { Invite } from '../../src/transport/invite-url.js';
import { formatInvite, looksLikeInvite, parseInvite } from '../../src/transport/invite-url.js';

const SECRET = 'x'.repeat(32);
const invite = (host = '10.0.0.5'): Invite => ({
  host,
  ports: { screen: 1, video: 2, audio: 3 },
  room: 'lab 7',
  token: `AbCdEfGh.${SECRET}`,
  pin: `SHA256:${'A'.repeat(43)}`,
});
const URL_TEXT = formatInvite(invite());

describe("an invite's URL", () => {
  it.each(['10.0.0.5', 'ops.example.org', 'example.org.', '2001:db8::1', 'fe80::1%eth0'])(
    'says again what went into it: %s',
    (host) => {
      expect(parseInvite(formatInvite(invite(host)))).toEqual(invite(host));
    },
  );

  it.each([
    ['space around it', `  ${URL_TEXT}\r\n`],
    ['quotes', `"${URL_TEXT}"`],
    ['other quotes', `'${URL_TEXT}'\n`],
    ['angles', `<${URL_TEXT}>`],
    ['a mark of byte order', `\ufeff${URL_TEXT}`],
    ['a scheme in capitals', URL_TEXT.replace('meet', 'MEET')],
    ['a line break that a mail program put in', `${URL_TEXT.slice(0, 60)}\n${URL_TEXT.slice(60)}`],
  ])('is taken with %s', (_, text) => {
    expect(looksLikeInvite(text)).toBe(true);
    expect(parseInvite(text)).toEqual(invite());
  });

  it.each([
    ['bücher.example', 'xn--bcher-kva.example'],
    ['OPS.Example.ORG', 'ops.example.org'],
    ['[fe80::1%25eth0]', 'fe80::1%eth0'],
  ])('names the host %s as the network knows it', (written, host) => {
    expect(parseInvite(URL_TEXT.replace('10.0.0.5', written)).host).toBe(host);
  });

  it('that is cut anywhere is refused, in words that hold nothing of the secret', () => {
    for (let length = 0; length < URL_TEXT.length; length += 1) {
      const cut = URL_TEXT.slice(0, length);
      expect(() => parseInvite(cut)).toThrow(
        expect.objectContaining({
          code: 'MEET_INVITE_MALFORMED',
          message: expect.not.stringContaining(SECRET.slice(0, 4)) as string,
        }),
      );
    }
  });

  it.each([
    ['percent-encoded as a whole', encodeURIComponent(URL_TEXT)],
    ['in capitals', URL_TEXT.toUpperCase()],
    ['with a dot behind it', `${URL_TEXT}.`],
    ['as HTML', URL_TEXT.replace('&', '&amp;')],
    ['with one slash', URL_TEXT.replace('//', '/')],
    ['with a zone of no address', URL_TEXT.replace('10.0.0.5', '[%25eth0]')],
  ])('is refused %s, and is not looked for as a file of that name', (_, text) => {
    expect(looksLikeInvite(text)).toBe(true);
    expect(() => parseInvite(text)).toThrow(
      expect.objectContaining({ code: 'MEET_INVITE_MALFORMED' }),
    );
  });

  it.each([
    ['empty', ' \n', 'it is empty'],
    ['of the web', URL_TEXT.replace('meet:', 'https:'), 'it begins with https:, not with meet://'],
    ['cut at the fragment', URL_TEXT.split('#')[0] ?? '', 'it ends before #invite='],
    ['cut by a shell', URL_TEXT.split('&')[0] ?? '', 'before &pin=; in a shell it has to stand in'],
    ['too long', `${URL_TEXT}${'x'.repeat(2048)}`, 'at most 2048'],
    ['something else', 'hello', 'it does not begin with meet://'],
  ])('that is %s is refused in words that say so', (_, text, words) => {
    expect(() => parseInvite(text)).toThrow(words);
  });

  it.each(['invite.txt', './meet/invite', '/run/credentials/meet-invite', '-'])(
    'is not what a file is called: %s',
    (path) => {
      expect(looksLikeInvite(path)).toBe(false);
    },
  );
});
