// @ts-check
/**
 * How fast `meet rec recover` makes a whole file of one of 2 GiB that was cut off, beside `cat` of the
 * same file to /dev/null, and beside `cp` of it until the disk has the copy: what has to be read and
 * written in any case. All read from the disk: what the kernel keeps of the file is dropped before
 * each, since after a crash there is nothing in memory.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../measure/median.mjs';
import { atLeastRatio } from '../measure/row.mjs';
import { withScratch } from '../measure/scratch.mjs';
import { cluster, head } from '../measure/segments.mjs';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));
const GIB = 1024 ** 3;
const BYTES = 2 * GIB;
/** Half a second of a screen with 2 MB in each second. */
const PICTURE_BYTES = 1_000_000;
const ROUNDS = 3;
const LEAST = 0.5;
const LEAST_OF_COPY = 0.75;

export const name = 'rec-recover';
export const atLeast =
  '`meet rec recover` of 2 GiB: at least 0.5 x the speed of `cat` to /dev/null';

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  return await withScratch(measure);
}

/** @param {string} folder @returns {Promise<import('../run.mjs').Row[]>} */
async function measure(folder) {
  const path = join(folder, 'kiosk-0001.mkv');
  write(path);
  const recovered = join(folder, 'kiosk-0001.recovered.mkv');
  const copy = join(folder, 'copy.mkv');
  /** @type {{ ours: number[], cat: number[], copied: number[] }} */
  const seconds = { ours: [], cat: [], copied: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    seconds.cat.push(timed(path, 'sh', ['-c', 'cat "$1" > /dev/null', 'sh', path]));
    seconds.ours.push(timed(path, process.execPath, [MEET, 'rec', 'recover', path]));
    removed(recovered);
    seconds.copied.push(timed(path, 'sh', ['-c', 'cp "$1" "$2" && sync "$2"', 'sh', path, copy]));
    removed(copy);
  }
  const speed = (/** @type {number[]} */ all) => BYTES / GIB / median(all);
  const what = `2 GiB from the disk, median of ${ROUNDS}`;
  const ours = { what, figure: speed(seconds.ours), unit: 'GiB/s' };
  return [
    atLeastRatio({ ...ours, reference: speed(seconds.cat), against: 'cat > /dev/null' }, LEAST),
    atLeastRatio(
      { ...ours, reference: speed(seconds.copied), against: 'cp, then sync' },
      LEAST_OF_COPY,
    ),
  ];
}

/** @param {string} path */
function write(path) {
  const fd = openSync(path, 'wx');
  let at = writeSync(fd, head('Kiosk'));
  for (let ms = 0; at < BYTES; ms += 500)
    at += writeSync(fd, cluster(ms, randomBytes(PICTURE_BYTES)));
  fsyncSync(fd);
  closeSync(fd);
}

/** So that the disk is not at work on what was deleted while the next round is timed. @param {string} path */
function removed(path) {
  rmSync(path, { force: true });
  const synced = spawnSync('sync', ['-f', dirname(path)], { encoding: 'utf8' });
  if (synced.status !== 0) throw new Error(`sync: ${synced.stderr}`);
}

/** Seconds. @param {string} path @param {string} program @param {string[]} args */
function timed(path, program, args) {
  const dropped = spawnSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { encoding: 'utf8' });
  if (dropped.status !== 0) throw new Error(`dd: ${dropped.stderr}`);
  const startedMs = performance.now();
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ended with ${status}: ${stderr}`);
  return (performance.now() - startedMs) / 1000;
}
