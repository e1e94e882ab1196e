// @ts-check
/**
 * One stream of 137 kB pictures to fifty viewers through a server, and how old they are there. Owns
 * sender and viewers; the server is the figure's.
 */
import { cpuMsOfTree } from './process-tree.mjs';
import { sleep } from './scratch.mjs';
import { Sending } from './sending.mjs';

export const VIEWERS = 50;
export const FPS = 30;
/** Of a picture, its header included. */
export const RECORD_BYTES = 137_032;
/** So many viewers and more come from one address. */
export const MANY_CONNECTIONS = ['--limit', 'connections-per-address=256'];
const TIMEOUT_MS = 60_000;

/**
 * @typedef {object} Relayed
 * @property {number} p99Ms Age at the viewers.
 * @property {number} cpu Milliseconds that the server used.
 * @property {number} frames Seen by all viewers together.
 */

/**
 * @param {number} pid Of the server.
 * @param {number} port
 * @param {object} options
 * @param {'meet' | 'nats'} [options.protocol]
 * @param {number} options.seconds How long pictures are measured.
 * @param {number} [options.warmSeconds] How long they come before that. 0: the first one counts.
 * @param {() => Promise<void>} [options.beside] What else begins when the viewers are there, before
 *   the stream.
 * @returns {Promise<Relayed>}
 */
export async function relay(pid, port, { protocol = 'meet', seconds, warmSeconds = 0, beside }) {
  const viewers = new Sending({ mode: 'viewers', port, viewers: VIEWERS, protocol });
  /** @type {Sending | undefined} */
  let sender;
  try {
    await viewers.next('the viewers have subscribed', TIMEOUT_MS);
    await beside?.();
    const sending = protocol === 'meet' ? { mode: 'paced', sharers: 1 } : { mode: 'nats' };
    // Only now: a daemon gives late ones an old picture, which nats-server does not.
    sender = new Sending({ ...sending, port, fps: FPS, seconds: warmSeconds + seconds });
    await sender.next('the sharer is connected', TIMEOUT_MS);
    if (warmSeconds > 0) {
      await sleep(warmSeconds * 1000);
      await agesSoFar(viewers);
    }
    const before = cpuMsOfTree(pid);
    await sender.next('the sharer is done', TIMEOUT_MS);
    const cpu = cpuMsOfTree(pid) - before;
    return { ...(await agesSoFar(viewers)), cpu };
  } finally {
    await sender?.stop();
    await viewers.stop();
  }
}

/**
 * Of the pictures since the last call.
 *
 * @param {Sending} viewers
 */
async function agesSoFar(viewers) {
  process.kill(viewers.program.pid, 'SIGUSR2');
  const { p99Ms = 0, frames = 0 } = await viewers.next('the ages', TIMEOUT_MS);
  return { p99Ms, frames };
}
