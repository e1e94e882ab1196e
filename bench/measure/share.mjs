// @ts-check
/** A `meet share` of this checkout. Owns that process. */
import { fileURLToPath } from 'node:url';
import { Program } from './program.mjs';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));
/** How long a share may take to its first picture. */
const FIRST_PICTURE_MS = 30_000;

/**
 * Starts a share and resolves when the daemon has its first picture.
 *
 * @param {import('./daemon.mjs').Daemon} daemon
 * @param {readonly string[]} args What is shared: `--screen :99 --fps 30`.
 * @param {string} [ports] Others than the daemon's own, as `--ports` has them.
 * @returns {Promise<{ program: Program, streamAtMs: number }>}
 */
export async function startShare(daemon, args, ports = daemon.portsOption) {
  const live = daemon.waitFor(
    (event) => event.event === 'stream' && event.state === 'on',
    'a stream that is on',
    FIRST_PICTURE_MS,
  );
  const fixed = ['share', '--host', '127.0.0.1', '--ports', ports, '--json'];
  const program = new Program(process.execPath, [MEET, ...fixed, ...args], { quiet: true });
  const { at } = await program.before(live, 'the daemon had a picture', FIRST_PICTURE_MS);
  return { program, streamAtMs: Date.parse(String(at)) };
}
