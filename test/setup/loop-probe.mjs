// @ts-check
/**
 * Loaded into a program with `--import`: measures the gaps of its event loop, and writes them into the
 * file that LOOP_PROBE names. Each SIGUSR2 adds a line about the time since the one before; SIGUSR1
 * does so after it has held the program up for 100 ms, as a write does that waits for a terminal.
 *
 * `ownMs` is a gap without the time in which the program was ready to run and another one had the
 * processor, as the kernel counts it (proc(5), schedstat): a busy machine makes the gaps longer, not
 * these. Where the kernel doesn't count, both are the same.
 */
import { appendFileSync, openSync, readSync } from 'node:fs';

const path = process.env['LOOP_PROBE'];
const SCHEDSTAT = `/proc/self/task/${process.pid}/schedstat`;
const HELD_MS = 100;

if (path !== undefined) {
  const buffer = Buffer.alloc(128);
  const file = openCounts();
  let [mostMs, ownMs, turns] = [0, 0, 0];
  let [lastMs, lastStolenMs] = [performance.now(), stolenMs(file, buffer)];
  const note = () => {
    const nowMs = performance.now();
    const gapMs = nowMs - lastMs;
    const stolen = stolenMs(file, buffer);
    mostMs = Math.max(mostMs, gapMs);
    ownMs = Math.max(ownMs, gapMs - (stolen - lastStolenMs));
    turns += 1;
    [lastMs, lastStolenMs] = [nowMs, stolen];
  };
  setInterval(note, 1).unref();
  const tell = () => {
    note();
    appendFileSync(path, `${JSON.stringify({ mostMs, ownMs, turns })}\n`);
    [mostMs, ownMs, turns] = [0, 0, 0];
  };
  process.on('SIGUSR2', tell);
  process.on('SIGUSR1', () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HELD_MS);
    tell();
  });
}

/** @returns {number | undefined} */
function openCounts() {
  try {
    return openSync(SCHEDSTAT, 'r');
  } catch {
    return undefined;
  }
}

/**
 * Milliseconds that the main thread has waited for a processor so far.
 * @param {number | undefined} file
 * @param {Buffer} buffer
 */
function stolenMs(file, buffer) {
  if (file === undefined) return 0;
  const text = buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
  return Number(text.split(' ')[1]) / 1e6;
}
