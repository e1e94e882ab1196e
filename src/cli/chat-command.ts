/**
 * `meet chat "words"`: says something to everybody. Through the daemon's control socket it is the
 * host who speaks; to another machine it is a participant. Owns which way is taken.
 */
import { CHAT_CELLS, CHAT_CODE_POINTS, cleanText } from '../transport/clean-text.js';
import { MeetError } from '../transport/errors.js';
import { CHAT_OPTIONS } from './client-options.js';
import { openDaemonControl } from './control-client.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import { resolveInvited } from './invite-source.js';
import type { Io } from './io.js';
import { openVisitor } from './visitor.js';

export async function chatCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const { options, invite } = await resolveInvited(io, CHAT_OPTIONS, flags);
  const text = message(words.join(' '));
  const { host, ports, name } = options;
  if (host === undefined) {
    const client = await openDaemonControl(io, ports.screen);
    client.chat(text);
    await client.close('said');
  } else {
    const visitor = await openVisitor(io, { ...options, host }, invite, name);
    visitor.viewer.chat(text);
    await visitor.close();
  }
  if (options.json) io.stdout.write(`${JSON.stringify({ ok: true, text })}\n`);
  return EXIT.ok;
}

/** Throws MEET_USAGE where nothing of it, or not all of it, would be passed on. */
function message(words: string): string {
  const whole = cleanText(words, words.length, 2 * words.length);
  if (whole === '') throw new MeetError('MEET_USAGE', 'nothing to say: meet chat "words"');
  const text = cleanText(words, CHAT_CODE_POINTS, CHAT_CELLS);
  if (text === whole) return text;
  throw new MeetError(
    'MEET_USAGE',
    `the message has ${Array.from(whole).length} characters, a message at most ${CHAT_CODE_POINTS} in ${CHAT_CELLS} cells; say it in several`,
  );
}
