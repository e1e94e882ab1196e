// @ts-check
/**
 * A `meetd` of this checkout with its events and the delay of its event loop. Owns the process and
 * the reading of its events.
 */
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Program } from './program.mjs';

const MEETD = fileURLToPath(new URL('../../bin/meetd.js', import.meta.url));
const PROBE = new URL('loop-probe.mjs', import.meta.url).href;
const READY_TIMEOUT_MS = 15_000;

/** @typedef {{ screen: number, video: number, audio: number }} Ports */
/** @typedef {Record<string, unknown> & { event: string }} DaemonEvent */

/**
 * @typedef {object} StreamRow One stream of a `stats` event.
 * @property {string} kind
 * @property {number} frames
 * @property {number} bytes
 * @property {number} lost
 * @property {number} dropped
 */

/** @typedef {{ loopP50Ms: number, loopP99Ms: number, loopMaxMs: number, rssBytes: number }} Probe */

export class Daemon {
  /** @type {StreamRow[]} Of the last `stats` event. */
  streams = [];
  /** @type {Set<(event: DaemonEvent) => void>} */
  #listeners = new Set();

  /**
   * @param {Program} program
   * @param {Ports} ports
   * @param {import('node:readline').Interface} lines
   */
  constructor(program, ports, lines) {
    this.program = program;
    this.ports = ports;
    lines.on('line', (line) => {
      this.#onEvent(parseEvent(line));
    });
    const pipe = program.child.stdio[3];
    if (!(pipe instanceof Duplex)) throw new Error('the daemon has no descriptor 3');
    this.probePipe = pipe;
    this.probeLines = createInterface({ input: pipe });
  }

  /**
   * @param {readonly string[]} args What the figure needs: `--no-record`, `--limit …`.
   * @param {{ probe?: boolean }} [options] Without the probe, whose timer fires 200 times a second,
   *   the process is as its users run it: for figures of CPU.
   * @returns {Promise<Daemon>} Ready to be connected to.
   */
  static async start(args, { probe = true } = {}) {
    const fixed = ['--ports', '0,0,0', '--json', '--stats', '--log-level', 'error'];
    const node = probe ? ['--import', PROBE] : [];
    const program = new Program(process.execPath, [...node, MEETD, ...fixed, ...args], {
      control: true,
    });
    const lines = program.lines;
    /** @type {Promise<Ports>} */
    const ready = new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        const event = parseEvent(line);
        if (event.event !== 'ready') return;
        const { ports } = /** @type {{ ports?: Ports }} */ (event);
        if (ports) resolve(ports);
        else reject(new Error(`the ready event has no ports: ${line}`));
      });
    });
    return new Daemon(program, await program.before(ready, 'ready', READY_TIMEOUT_MS), lines);
  }

  /** As `--ports` of `meet share` takes them. */
  get portsOption() {
    const { screen, video, audio } = this.ports;
    return `${screen},${video},${audio}`;
  }

  /**
   * Waits for an event; rejects when the daemon ends before.
   *
   * @param {(event: DaemonEvent) => boolean} wanted
   * @param {string} what For the words of a failure.
   * @param {number} timeoutMs
   * @returns {Promise<DaemonEvent>}
   */
  async waitFor(wanted, what, timeoutMs) {
    /** @type {((event: DaemonEvent) => void) | undefined} */
    let listener;
    /** @type {Promise<DaemonEvent>} */
    const seen = new Promise((resolve) => {
      listener = (event) => {
        if (wanted(event)) resolve(event);
      };
      this.#listeners.add(listener);
    });
    try {
      return await this.program.before(seen, what, timeoutMs);
    } finally {
      if (listener) this.#listeners.delete(listener);
    }
  }

  /**
   * Sum of a counter over all streams of a kind, by the last `stats` event.
   *
   * @param {string} kind
   * @param {'frames' | 'bytes' | 'lost' | 'dropped'} counter
   */
  total(kind, counter) {
    const streams = this.streams.filter((stream) => stream.kind === kind);
    return streams.reduce((sum, stream) => sum + stream[counter], 0);
  }

  /** Begins the event loop's histogram anew. */
  resetProbe() {
    this.probePipe.write('reset\n');
  }

  /** @returns {Promise<Probe>} Since the last reset. */
  async readProbe() {
    this.probePipe.write('read\n');
    const [line] = await once(this.probeLines, 'line');
    return JSON.parse(String(line));
  }

  async stop() {
    await this.program.stop();
    this.probePipe.destroy();
  }

  /** @param {DaemonEvent} event */
  #onEvent(event) {
    if (event.event === 'stats') {
      this.streams = /** @type {{ streams: StreamRow[] }} */ (
        /** @type {unknown} */ (event)
      ).streams;
    }
    for (const listener of this.#listeners) listener(event);
  }
}

/**
 * @param {string} line
 * @returns {DaemonEvent}
 */
function parseEvent(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { event: 'noise', line };
  }
}
