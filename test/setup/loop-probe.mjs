// @ts-check
/**
 * Loaded into a program with `--import`: measures the gaps of its event loop, and writes them into the
 * file that LOOP_PROBE names. Each SIGUSR2 adds a line with the largest gap since the one before.
 */
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const path = process.env['LOOP_PROBE'];
if (path !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  process.on('SIGUSR2', () => {
    appendFileSync(path, `${JSON.stringify({ mostMs: delays.max / 1e6, turns: delays.count })}\n`);
    delays.reset();
  });
}
