// @ts-check
/**
 * The sender (bench/sender.mjs) as a child of the bench. Owns that process and the reading of its
 * results.
 */
import { fileURLToPath } from 'node:url';
import { Program } from './program.mjs';

const SENDER = fileURLToPath(new URL('../sender.mjs', import.meta.url));

/** One sender, from its start until `stop`. */
export class Sending {
  /** @type {Record<string, number>[]} Results that were not asked for yet. */
  #results = [];
  /** @type {(() => void) | undefined} */
  #wake;

  /** @param {object} options As bench/sender.mjs lists them. */
  constructor(options) {
    this.program = new Program(process.execPath, [SENDER, JSON.stringify(options)]);
    this.program.lines.on('line', (line) => {
      this.#results.push(JSON.parse(line));
      this.#wake?.();
    });
  }

  /**
   * The next line that the sender says.
   *
   * @param {string} what For the words of a failure.
   * @param {number} timeoutMs
   * @returns {Promise<Record<string, number>>}
   */
  async next(what, timeoutMs) {
    /** @type {Promise<void>} */
    const said = new Promise((resolve) => {
      this.#wake = resolve;
    });
    const waiting = this.#results.shift();
    if (waiting !== undefined) return waiting;
    await this.program.before(said, what, timeoutMs);
    return this.#results.shift() ?? {};
  }

  async stop() {
    await this.program.stop();
  }
}
