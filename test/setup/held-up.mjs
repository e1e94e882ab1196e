// @ts-check
/**
 * A program that does nothing but work for a while, again and again, about as a dashboard does, and
 * measures how long the machine kept it from that. Run beside a program under test it tells what the
 * others' load costs any program here. As loop-probe.mjs it adds a line to the file that LOOP_PROBE
 * names with each SIGUSR2: the longest such time since the one before. Writes nothing else.
 */
import { appendFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** A dashboard's longest turn takes so much of a processor, in ms. */
const WORK_MS = 8;
const REST_MS = 32;

const path = process.env['LOOP_PROBE'];
let mostMs = 0;
let turns = 0;

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** @param {number} dueMs when it was to begin */
function work(dueMs) {
  const begunMs = cpuMs();
  while (cpuMs() - begunMs < WORK_MS);
  mostMs = Math.max(mostMs, performance.now() - dueMs - (cpuMs() - begunMs));
  turns += 1;
  rest();
}

function rest() {
  setTimeout(work, REST_MS, performance.now() + REST_MS);
}

process.on('SIGUSR2', () => {
  if (path !== undefined) appendFileSync(path, `${JSON.stringify({ mostMs, turns })}\n`);
  mostMs = 0;
  turns = 0;
});
rest();
