// @ts-check
/** From a viewer's first packet to its first picture, in TLS with a signature. */
import { Daemon } from '../measure/daemon.mjs';
import { atMost } from '../measure/row.mjs';
import { Sending } from '../measure/sending.mjs';

const ROUNDS = 200;
const MOST_MS = 60;
const TIMEOUT_MS = 60_000;

export const name = 'handshake';
export const atLeast = `hello to first picture shown, loopback, TLS and signature: p95 <= ${MOST_MS} ms`;

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  const daemon = await Daemon.start(['--no-record', '--bind', '127.0.0.1']);
  const port = daemon.ports.screen;
  const sharer = new Sending({ mode: 'paced', port, sharers: 1, fps: 30, seconds: 90 });
  try {
    await sharer.next('the sharer is connected', TIMEOUT_MS);
    const [secure, plain] = [await measured(port, true), await measured(port, false)];
    return [
      atMost(
        {
          what: 'connect to first picture, p95',
          figure: secure,
          reference: plain,
          against: 'plain, without a key',
          unit: 'ms',
        },
        MOST_MS,
      ),
    ];
  } finally {
    await sharer.stop();
    await daemon.stop();
  }
}

/**
 * @param {number} port
 * @param {boolean} tls
 */
async function measured(port, tls) {
  const viewers = new Sending({ mode: 'handshakes', port, rounds: ROUNDS, tls });
  try {
    const { p95Ms = Infinity } = await viewers.next('the times', TIMEOUT_MS);
    return p95Ms;
  } finally {
    await viewers.stop();
  }
}
