// @ts-check
/** What healthy viewers notice of one that is stopped and of one that reads at half the speed. */
import { Daemon } from '../measure/daemon.mjs';
import { alternate, median } from '../measure/median.mjs';
import { FPS, MANY_CONNECTIONS, RECORD_BYTES, relay } from '../measure/relayed.mjs';
import { atMostRatio } from '../measure/row.mjs';
import { Sending } from '../measure/sending.mjs';

const ROUNDS = 3;
const SECONDS = 6;
/** Another program that begins takes its turns on the cores, whatever it reads. */
const WARM_SECONDS = 2;
const TIMEOUT_MS = 30_000;
const MOST = 1.2;

export const name = 'relay-slow';
export const atLeast = `fifty viewers, one more stopped and one at half speed: healthy p99 <= ${MOST} x of without`;

/** @typedef {{ p99Ms: number, halfFps: number }} Seen */

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  const { ours, reference } = await alternate(
    ROUNDS,
    () => healthy(true),
    () => healthy(false),
  );
  const halfFps = median(ours.map((seen) => seen.halfFps));
  return [
    atMostRatio(
      {
        what: 'age p99 at healthy viewers',
        figure: median(ours.map((seen) => seen.p99Ms)),
        reference: median(reference.map((seen) => seen.p99Ms)),
        against: `without the two; the slow one saw ${halfFps.toFixed(1)} of ${FPS} fps`,
        unit: 'ms',
      },
      MOST,
    ),
  ];
}

/**
 * @param {boolean} withSlow
 * @returns {Promise<Seen>}
 */
async function healthy(withSlow) {
  const daemon = await Daemon.start(['--no-record', ...MANY_CONNECTIONS], { probe: false });
  const port = daemon.ports.screen;
  const bytesPerSecond = (RECORD_BYTES * FPS) / 2;
  /** @type {Sending[]} */
  const slow = [];
  const beside = async () => {
    if (!withSlow) return;
    const half = new Sending({ mode: 'slow-viewer', port, bytesPerSecond });
    const stopped = new Sending({ mode: 'slow-viewer', port, bytesPerSecond });
    slow.push(half, stopped);
    for (const viewer of slow) await viewer.next('a slow viewer is connected', TIMEOUT_MS);
    process.kill(stopped.program.pid, 'SIGSTOP');
  };
  try {
    const length = { seconds: SECONDS, warmSeconds: WARM_SECONDS };
    const { p99Ms } = await relay(daemon.program.pid, port, { ...length, beside });
    return { p99Ms, halfFps: (await framesOf(slow[0])) / (SECONDS + WARM_SECONDS) };
  } finally {
    for (const { program } of slow) process.kill(program.pid, 'SIGCONT');
    await Promise.all(slow.map((viewer) => viewer.stop()));
    await daemon.stop();
  }
}

/** @param {Sending | undefined} viewer */
async function framesOf(viewer) {
  if (viewer === undefined) return 0;
  process.kill(viewer.program.pid, 'SIGUSR2');
  const { frames = 0 } = await viewer.next('how many pictures it saw', TIMEOUT_MS);
  return frames;
}
