// @ts-check
/**
 * `npm run bench [-- --only NAME]… [--json] [--list]`: measures the figures of bench/figures, each
 * beside its reference in the same run. Prints a table, or one JSON object with --json. Ends with 1
 * when a figure does not hold or cannot be measured.
 *
 * A figure is a file that exports `name`, `atLeast` (the promise in words) and `run()`, which gives
 * one row for each thing that the promise says.
 */
import { readdirSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { killAllPrograms } from './measure/program.mjs';
import { killAllTerminals } from './measure/terminal.mjs';

/**
 * @typedef {object} Row
 * @property {string} what What was measured.
 * @property {number} figure
 * @property {number} reference What it is held against, measured in the same run.
 * @property {string} against What the reference is.
 * @property {number} ratio figure / reference.
 * @property {string} unit Of figure and reference.
 * @property {string} bound What must hold.
 * @property {boolean} holds
 */

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {string} atLeast
 * @property {() => Promise<Row[]>} run
 */

/** @typedef {{ name: string, atLeast: string, seconds: number, rows: Row[], error?: string }} Result */

/** Above this the figures tell more of the other programs than of ours. */
const BUSY_LOAD = 0.7;

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
});

process.once('exit', () => {
  killAllPrograms();
  killAllTerminals();
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
}
process.exitCode = await main();

async function main() {
  const figures = await chosenFigures();
  if (options.list) {
    for (const { name, atLeast } of figures) console.log(`${name.padEnd(20)} ${atLeast}`);
    return 0;
  }
  const before = machine();
  if (before.load > BUSY_LOAD)
    console.error(`the machine is busy (load ${before.load}): the figures say little`);
  /** @type {Result[]} */
  const results = [];
  for (const figure of figures) {
    const result = await measure(figure);
    results.push(result);
    if (!options.json) printTable(result);
  }
  if (options.json) console.log(JSON.stringify({ machine: before, results }, undefined, 2));
  const good = results.every(({ error, rows }) => !error && rows.every((row) => row.holds));
  return good ? 0 : 1;
}

/** @returns {Promise<Figure[]>} */
async function chosenFigures() {
  const folder = new URL('figures/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.mjs'));
  /** @type {Figure[]} */
  const all = await Promise.all(files.sort().map((file) => import(new URL(file, folder).href)));
  const unknown = options.only.filter((name) => !all.some((figure) => figure.name === name));
  if (unknown.length > 0) {
    const names = all.map(({ name }) => name).join(', ');
    throw new Error(`no figure is named ${unknown.join(', ')}; there are: ${names}`);
  }
  return options.only.length === 0 ? all : all.filter(({ name }) => options.only.includes(name));
}

/**
 * @param {Figure} figure
 * @returns {Promise<Result>}
 */
async function measure({ name, atLeast, run }) {
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1000);
  if (!options.json) console.log(`\n${name}: ${atLeast}`);
  try {
    return { name, atLeast, rows: await run(), seconds: seconds() };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { name, atLeast, rows: [], seconds: seconds(), error: words };
  }
}

/** @param {Result} result */
function printTable({ rows, error, seconds }) {
  if (error !== undefined) console.log(`  not measured: ${error}`);
  for (const row of rows) {
    const figure = `${row.figure} ${row.unit}`.padStart(16);
    const reference = `${row.reference} ${row.unit}`.padStart(16);
    console.log(
      `  ${row.holds ? 'holds' : 'FAILS'}  ${row.what.padEnd(34)}${figure}${reference} (${row.against})` +
        `  x${row.ratio}  must: ${row.bound}`,
    );
  }
  console.log(`  ${seconds} s`);
}

function machine() {
  return {
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 1024 / 1024),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    kernel: release(),
    node: process.version,
  };
}
