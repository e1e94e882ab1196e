// @ts-check
/** How long `meet --version` takes beside an empty Node program. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { alternate, median } from '../measure/median.mjs';
import { atMostRatio } from '../measure/row.mjs';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));
const ROUNDS = 25;
const MOST = 1.5;

export const name = 'version';
export const atLeast = '`meet --version` takes at most 1.5 x `node -e 0`';

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  // Read from the disk once, so that neither pays for a cold cache.
  runMs([MEET, '--version']);
  runMs(['-e', '0']);
  const values = await alternate(
    ROUNDS,
    async () => runMs([MEET, '--version']),
    async () => runMs(['-e', '0']),
  );
  return [
    atMostRatio(
      {
        what: `meet --version, median of ${ROUNDS}`,
        figure: median(values.ours),
        reference: median(values.reference),
        against: 'node -e 0',
        unit: 'ms',
      },
      MOST,
    ),
  ];
}

/**
 * Wall time of one run of Node, in ms.
 *
 * @param {readonly string[]} args
 */
function runMs(args) {
  const startedMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')}: ended with ${status}: ${stderr}`);
  return performance.now() - startedMs;
}
