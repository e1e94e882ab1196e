// @ts-check
/** How long `meet rec ls` takes for 1,000 segments, without a cache. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alternate, median } from '../measure/median.mjs';
import { atMost } from '../measure/row.mjs';
import { withScratch } from '../measure/scratch.mjs';
import { cluster, head } from '../measure/segments.mjs';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));
const SEGMENTS = 1000;
const A_MEETING = 100;
const ROUNDS = 5;
const MOST_MS = 1000;

export const name = 'rec-ls';
export const atLeast = '`meet rec ls` of 1,000 segments without a cache: at most 1 s';

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  return await withScratch(measure);
}

/** @param {string} folder @returns {Promise<import('../run.mjs').Row[]>} */
async function measure(folder) {
  for (let at = 0; at < SEGMENTS; at += 1) {
    const day = String(1 + Math.floor(at / A_MEETING)).padStart(2, '0');
    const meeting = join(folder, 'recordings', 'main', `202611${day}T121530Z`);
    mkdirSync(meeting, { recursive: true });
    const clusters = Buffer.concat(
      [0, 500, 1000].map((ms) => cluster(ms, Buffer.alloc(20_000, at))),
    );
    const bytes = Buffer.concat([head(`Kiosk ${at}`, clusters.length, 1500), clusters]);
    writeFileSync(join(meeting, `kiosk-${at}-0001.mkv`), bytes);
  }
  const listed = JSON.parse(meet(folder, ['rec', 'ls', '--json']).stdout);
  const count = listed.meetings.flatMap((/** @type {any} */ { parts }) => parts).length;
  if (count !== SEGMENTS) throw new Error(`${count} segments were listed, expected ${SEGMENTS}`);
  const values = await alternate(
    ROUNDS,
    async () => meet(folder, ['rec', 'ls']).ms,
    async () => meet(folder, ['--version']).ms,
  );
  return [
    atMost(
      {
        what: `1,000 segments, median of ${ROUNDS}`,
        figure: median(values.ours),
        reference: median(values.reference),
        against: 'meet --version',
        unit: 'ms',
      },
      MOST_MS,
    ),
  ];
}

/** @param {string} cwd @param {string[]} args */
function meet(cwd, args) {
  const startedMs = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [MEET, ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`meet ${args.join(' ')}: ended with ${status}: ${stderr}`);
  return { stdout, ms: performance.now() - startedMs };
}
