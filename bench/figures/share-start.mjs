// @ts-check
/** How long from starting `meet share --screen test` to its first picture in the daemon's hub. */
import { spawnSync } from 'node:child_process';
import { Daemon } from '../measure/daemon.mjs';
import { alternate, median } from '../measure/median.mjs';
import { atMost } from '../measure/row.mjs';
import { withScratch } from '../measure/scratch.mjs';
import { startShare } from '../measure/share.mjs';

const ROUNDS = 11;
const MOST_MS = 500;

export const name = 'share-start';
export const atLeast = `from \`meet share --screen test\` to its first picture: ${MOST_MS} ms`;

/** @returns {Promise<import('../run.mjs').Row[]>} */
export function run() {
  return withScratch(measure);
}

/**
 * @param {string} folder A daemon that records wants pictures; one that doesn't lets devices rest.
 * @returns {Promise<import('../run.mjs').Row[]>}
 */
async function measure(folder) {
  const daemon = await Daemon.start(['--record', folder]);
  try {
    await startMs(daemon);
    const { ours, reference } = await alternate(
      ROUNDS,
      () => startMs(daemon),
      async () => nodeMs(),
    );
    return [
      atMost(
        {
          what: `to the first picture, median of ${ROUNDS}`,
          figure: median(ours),
          reference: median(reference),
          against: `node -e 0; slowest start ${Math.max(...ours)} ms`,
          unit: 'ms',
        },
        MOST_MS,
      ),
    ];
  } finally {
    await daemon.stop();
  }
}

/** @param {Daemon} daemon */
async function startMs(daemon) {
  const { program, streamAtMs } = await startShare(daemon, ['--screen', 'test']);
  const gone = daemon.waitFor((event) => event.event === 'left', 'the sharer left', 10_000);
  await Promise.all([gone, program.stop()]);
  return streamAtMs - program.startedAtMs;
}

function nodeMs() {
  const startedMs = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - startedMs;
}
