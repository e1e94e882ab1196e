import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { openIdentity } from '../../src/cli/identity-file.js';
import { Identity } from '../../src/transport/identity.js';
import { scratch } from '../e2e/recorded.js';

const { pem } = Identity.generate();
const encrypted = createPrivateKey(pem).export({
  ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
});
const rsa = generateKeyPairSync('rsa', {
  ...{ modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' } },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

async function folder(): Promise<string> {
  const { path } = await scratch();
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe('an identity in a file', () => {
  it.each([
    ['an RSA key', rsa.privateKey, 'this is private rsa'],
    ['a public key', rsa.publicKey, 'it holds a public key'],
    ['an encrypted key', encrypted.toString(), 'it holds an encrypted key'],
    [
      'a key of OpenSSH',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n',
      'it holds a key of OpenSSH',
    ],
    ['half of a key', pem.slice(0, 60), 'it holds half of a key'],
    ['nothing', '', 'it holds nothing'],
    ['noise', 'noise\n', 'it holds no key'],
  ])(
    'that is %s is not used, and the words say so without asking for its removal',
    async (_, text, words) => {
      const path = join(await folder(), 'kiosk.pem');
      writeFileSync(path, text, { mode: 0o600 });
      const open = (): unknown => openIdentity({ env: {} }, path);
      expect(open).toThrow(expect.objectContaining({ code: 'MEET_IDENTITY' }));
      expect(open).toThrow(words);
      expect(open).toThrow('give another: --identity FILE');
      expect(open).not.toThrow('move it away');
    },
  );

  it('is named where its place is a folder, or a link to nothing', async () => {
    const path = await folder();
    mkdirSync(join(path, 'folder'));
    symlinkSync(join(path, 'nowhere', 'key.pem'), join(path, 'link'));
    expect(() => openIdentity({ env: {} }, join(path, 'folder'))).toThrow('--identity FILE');
    expect(() => openIdentity({ env: {} }, join(path, 'link'))).toThrow(
      'a link to a file that is not there',
    );
  });

  it('that is this user\u2019s own and broken may be made anew', async () => {
    const state = await folder();
    const env = { XDG_STATE_HOME: state };
    const { fingerprint } = openIdentity({ env });
    expect(openIdentity({ env }).fingerprint).toBe(fingerprint);
    writeFileSync(join(state, 'meet', 'identity.pem'), 'noise');
    expect(() => openIdentity({ env })).toThrow('move it away, and a new one is made');
  });
});
