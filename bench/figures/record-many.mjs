// @ts-check
/** Twenty streams recorded and watched at once: nothing is dropped, nothing is delayed. */
import { Daemon } from '../measure/daemon.mjs';
import { peakRssBytes } from '../measure/process-tree.mjs';
import { atMost, equal } from '../measure/row.mjs';
import { sleep, withScratch } from '../measure/scratch.mjs';
import { Sending } from '../measure/sending.mjs';

const STREAMS = 20;
const FPS = 15;
const SECONDS = 10;
const TIMEOUT_MS = 60_000;
const MB = 1e6;

export const name = 'record-many';
export const atLeast =
  '20 streams of 1280x720 at 15 fps recorded and relayed to 20 viewers: no drop, event-loop delay p99 <= 10 ms, RSS <= 250 MB';

/** @typedef {import('../measure/daemon.mjs').DaemonEvent} DaemonEvent */

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  return withScratch(async (folder) => {
    const args = ['--record', folder, '--limit', 'connections-per-address=256'];
    const daemon = await Daemon.start(args);
    const port = daemon.ports.screen;
    const rate = { sharers: STREAMS, fps: FPS, seconds: SECONDS };
    const watching = { viewers: STREAMS, protocol: 'meet', rooms: true };
    const viewers = new Sending({ mode: 'viewers', port, ...watching });
    const sender = new Sending({ mode: 'paced', port, rooms: true, ...rate });
    try {
      await viewers.next('the viewers are connected', TIMEOUT_MS);
      await sender.next('the sharers are connected', TIMEOUT_MS);
      daemon.resetProbe();
      const { sent = 0, missed = 0 } = await sender.next('the sharers are done', TIMEOUT_MS);
      const loaded = await daemon.readProbe();
      const peakBytes = peakRssBytes(daemon.program.pid);
      await sleep(2000);
      process.kill(viewers.program.pid, 'SIGUSR2');
      const { frames = 0 } = await viewers.next('the ages', TIMEOUT_MS);
      const kept = await endOf(daemon, sender);
      return [
        equal({
          what: 'pictures recorded',
          figure: kept.written,
          reference: sent,
          against: `sent; ${kept.dropped} dropped, ${missed} missed by the sender`,
          unit: 'frames',
        }),
        equal({
          what: 'pictures seen',
          figure: frames,
          reference: sent,
          against: 'sent',
          unit: 'frames',
        }),
        atMost(
          {
            what: 'event-loop delay p99',
            figure: loaded.loopP99Ms,
            reference: loaded.loopP50Ms,
            against: `its median; max ${loaded.loopMaxMs}`,
            unit: 'ms',
          },
          10,
        ),
        atMost(
          {
            what: 'most memory (VmHWM)',
            figure: peakBytes / MB,
            reference: (STREAMS * FPS * 0.137) / 2,
            against: 'half a second of all pictures',
            unit: 'MB',
          },
          250,
        ),
      ];
    } finally {
      await sender.stop();
      await viewers.stop();
      await daemon.stop();
    }
  });
}

/**
 * What all recordings tell at their end.
 *
 * @param {Daemon} daemon
 * @param {Sending} sender
 */
async function endOf(daemon, sender) {
  let [ended, written, dropped] = [0, 0, 0];
  const all = daemon.waitFor(
    (/** @type {DaemonEvent} */ event) => {
      if (event.event !== 'recording' || event['state'] !== 'ended') return false;
      ended += 1;
      written += Number(event['written']);
      dropped += Number(event['dropped']);
      return ended === STREAMS;
    },
    'the recordings have ended',
    TIMEOUT_MS,
  );
  // Sharers that are lost keep their recording for a while; a daemon that ends finishes them.
  await sender.stop();
  process.kill(daemon.program.pid, 'SIGTERM');
  await all;
  return { written, dropped };
}
