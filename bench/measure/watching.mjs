// @ts-check
/** `meet` of this checkout in a terminal: its command lines and the delay of its event loop. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Terminal } from './terminal.mjs';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));
const PROBE = new URL('loop-probe.mjs', import.meta.url).href;
const SHOWN_MS = 30_000;

/** @typedef {import('./daemon.mjs').Probe} Probe */

/**
 * @param {readonly string[]} args `watch …`, `serve …`
 * @param {import('./terminal.mjs').TerminalOptions & { node?: readonly string[] }} options
 */
export function openMeet(args, { node = [], ...options }) {
  return new Terminal(process.execPath, [...node, MEET, ...args], options);
}

/**
 * Resolves when pictures are drawn in colour.
 *
 * @param {Terminal} terminal
 */
export async function untilPictures(terminal) {
  const drawn = (/** @type {string} */ text) => text.split('8;2;').length > 5;
  await terminal.waitFor(drawn, 'pictures are shown', SHOWN_MS);
}

/**
 * Runs `work` with a `meet` whose event loop is watched; gives what `work` gives. `read` tells the
 * delays since the last `read`.
 *
 * @template T
 * @param {string} folder For the socket.
 * @param {readonly string[]} args
 * @param {import('./terminal.mjs').TerminalOptions} options
 * @param {(terminal: Terminal, read: () => Promise<Probe>) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProbe(folder, args, options, work) {
  const path = join(folder, 'probe');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const node = ['--import', PROBE];
  const env = { ...options.env, MEET_BENCH_PROBE: path };
  const terminal = openMeet(args, { ...options, env, node });
  try {
    const [socket] = await once(server, 'connection');
    const lines = createInterface({ input: socket });
    const read = async () => {
      socket.write('read\nreset\n');
      const [line] = await once(lines, 'line');
      return JSON.parse(String(line));
    };
    return await work(terminal, read);
  } finally {
    await terminal.stop();
    server.close();
  }
}
