// @ts-check
/**
 * Loaded into the program that is measured (`node --import`): the delay of its event loop and its
 * memory, asked for over descriptor 3, or over the socket that MEET_BENCH_PROBE names where there is
 * none (in a terminal). Owns the histogram; touches nothing of the program.
 *
 *   bench ── "reset\n" ──> a new histogram
 *   bench ── "read\n" ───> one line of JSON
 */
import { Socket, connect } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { isMainThread } from 'node:worker_threads';

const RESOLUTION_MS = 5;
const NS_PER_MS = 1e6;

if (isMainThread) probe();

function probe() {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const { MEET_BENCH_PROBE: path } = process.env;
  const pipe = path === undefined ? new Socket({ fd: 3 }) : connect(path);
  pipe.on('error', () => pipe.destroy());
  createInterface({ input: pipe }).on('line', (line) => {
    if (line === 'reset') histogram.reset();
    else pipe.write(`${JSON.stringify(figures())}\n`);
  });
  pipe.unref();

  function figures() {
    return {
      loopP50Ms: delayMs(histogram.percentile(50)),
      loopP99Ms: delayMs(histogram.percentile(99)),
      loopMaxMs: delayMs(histogram.max),
      rssBytes: process.memoryUsage.rss(),
    };
  }
}

/**
 * Node records the time between two firings of a timer, which is the resolution when nothing delays.
 *
 * @param {number} recordedNs
 */
function delayMs(recordedNs) {
  return Math.max(0, recordedNs / NS_PER_MS - RESOLUTION_MS);
}
