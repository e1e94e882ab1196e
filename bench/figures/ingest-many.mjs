// @ts-check
/** Fifty sharers at 30 pictures a second: nothing is lost, nothing is delayed, memory stays small. */
import { Daemon } from '../measure/daemon.mjs';
import { peakRssBytes } from '../measure/process-tree.mjs';
import { atMost, equal } from '../measure/row.mjs';
import { Sending } from '../measure/sending.mjs';

const SHARERS = 50;
const FPS = 30;
const SECONDS = 10;
const TIMEOUT_MS = 60_000;
/** `stats` comes once a second; the last frame is in the second one at the latest. */
const SETTLED_MS = 5000;
const IDLE_MS = 2000;
const MB = 1e6;

export const name = 'ingest-many';
export const atLeast =
  '50 sharers at 30 fps (205 MB/s) for 10 s: no loss, event-loop delay p99 <= 10 ms, RSS <= 200 MB';

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  const daemon = await Daemon.start(['--no-record', '--limit', 'connections-per-address=256']);
  const rate = { sharers: SHARERS, fps: FPS, seconds: SECONDS };
  const sender = new Sending({ mode: 'paced', port: daemon.ports.screen, ...rate });
  try {
    await sender.next('the sharers are connected', TIMEOUT_MS);
    const { sent = 0, missed = 0 } = await measured(daemon, sender);
    const loaded = await daemon.readProbe();
    await daemon
      .waitFor(() => daemon.total('screen', 'frames') >= sent, 'all frames counted', SETTLED_MS)
      .catch(() => undefined);
    const peakBytes = peakRssBytes(daemon.program.pid);
    const idle = await idleProbe(daemon, sender);
    return [
      equal({
        what: 'pictures taken',
        figure: daemon.total('screen', 'frames'),
        reference: SHARERS * FPS * SECONDS,
        against: `due; the sender sent ${sent} and missed ${missed}`,
        unit: 'frames',
      }),
      atMost(
        {
          what: 'event-loop delay p99',
          figure: loaded.loopP99Ms,
          reference: idle.loopP99Ms,
          against: `the same daemon idle; loaded p50 ${loaded.loopP50Ms}, max ${loaded.loopMaxMs}`,
          unit: 'ms',
        },
        10,
      ),
      atMost(
        {
          what: 'most memory (VmHWM)',
          figure: peakBytes / MB,
          reference: idle.rssBytes / MB,
          against: 'after the sharers left',
          unit: 'MB',
        },
        200,
      ),
    ];
  } finally {
    await sender.stop();
    await daemon.stop();
  }
}

/**
 * @param {Daemon} daemon
 * @param {Sending} sender
 */
async function measured(daemon, sender) {
  daemon.resetProbe();
  return sender.next('the sharers are done', TIMEOUT_MS);
}

/**
 * @param {Daemon} daemon
 * @param {Sending} sender
 */
async function idleProbe(daemon, sender) {
  const streams = daemon.streams;
  await sender.stop();
  daemon.resetProbe();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  // The streams of those who left are out of the later events.
  daemon.streams = streams;
  return daemon.readProbe();
}
