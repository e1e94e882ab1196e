// @ts-check
/** A `meet share` of this checkout. Owns that process. */
import { fileURLToPath } from 'node:url';
import { Program } from './program.mjs';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));
/** How long a share may take to its first picture. */
const FIRST_PICTURE_MS = 30_000;

/**
 * @typedef {object} Share
 * @property {Program} program
 * @property {number} streamAtMs When the daemon had its first picture, in ms since the epoch.
 * @property {readonly string[]} faults What it said went wrong: a figure that had any is worth nothing.
 */

/**
 * Starts a share and resolves when the daemon has its first picture.
 *
 * @param {import('./daemon.mjs').Daemon} daemon
 * @param {readonly string[]} args What is shared: `--screen :99 --fps 30`.
 * @param {string} [ports] Others than the daemon's own, as `--ports` has them.
 * @param {Readonly<Record<string, string>>} [env] Beside the environment of the bench.
 * @returns {Promise<Share>}
 */
export async function startShare(daemon, args, ports = daemon.portsOption, env = {}) {
  const live = daemon.waitFor(
    (event) => event.event === 'stream' && event.state === 'on',
    'a stream that is on',
    FIRST_PICTURE_MS,
  );
  const fixed = ['share', '--host', '127.0.0.1', '--ports', ports, '--json'];
  const program = new Program(process.execPath, [MEET, ...fixed, ...args], { env });
  /** @type {string[]} */
  const faults = [];
  program.lines.on('line', (line) => {
    const event = JSON.parse(line);
    if (event.event === 'error') faults.push(event.message);
  });
  const { at } = await program.before(live, 'the daemon had a picture', FIRST_PICTURE_MS);
  return { program, streamAtMs: Date.parse(String(at)), faults };
}

/**
 * Throws when the share said that something went wrong.
 *
 * @param {Share} share
 */
export function requireNoFault({ faults }) {
  if (faults.length > 0) throw new Error(`the share had faults: ${faults.join(' | ')}`);
}
