// @ts-check
/**
 * A program in a pseudo-terminal that reads at full speed and answers as a modern terminal does.
 * Owns the line and the program's end; draws nothing. What comes is counted and handed on.
 */
import { spawn } from '@lydell/node-pty';

/** Time for a clean end before the program is killed. */
const GRACE_MS = 5000;

/** Questions of a dashboard, and the answers of xterm: status, primary attributes, mode 2026. */
const ANSWERS = new Map([
  ['\x1b[5n', '\x1b[0n'],
  ['\x1b[c', '\x1b[?62;22c'],
  ['\x1b[?2026$p', '\x1b[?2026;2$y'],
]);
/** Longest question, so that one that two reads share is found. */
const QUESTION_CHARACTERS = 16;

/**
 * @typedef {object} TerminalOptions
 * @property {number} columns
 * @property {number} rows
 * @property {Readonly<Record<string, string>>} [env] Beside the environment of the bench.
 */

export class Terminal {
  /** Bytes that came so far. */
  bytes = 0;
  /** @type {Set<(text: string) => void>} */
  #listeners = new Set();
  #unanswered = '';
  #ended = false;

  /**
   * @param {string} program
   * @param {readonly string[]} args
   * @param {TerminalOptions} options
   */
  constructor(program, args, { columns, rows, env = {} }) {
    const colours = { TERM: 'xterm-256color', COLORTERM: 'truecolor' };
    this.pty = spawn(program, [...args], {
      cols: columns,
      rows,
      env: { ...process.env, ...colours, ...env },
      // Latin-1: one character a byte, and no character is cut in two.
      encoding: 'latin1',
    });
    this.words = [program, ...args].join(' ');
    /** @type {Promise<number>} */
    this.ended = new Promise((resolve) => {
      this.pty.onExit(({ exitCode }) => {
        this.#ended = true;
        running.delete(this);
        resolve(exitCode);
      });
    });
    running.add(this);
    this.pty.onData((text) => {
      this.#take(text);
    });
  }

  /** Root of the tree whose CPU counts. */
  get pid() {
    return this.pty.pid;
  }

  /**
   * Calls `listener` with all that comes, as Latin-1; gives what ends that.
   *
   * @param {(text: string) => void} listener
   */
  onText(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves when `found` says so of what has come since the call. Rejects when the program ends
   * before, or in time.
   *
   * @param {(text: string) => boolean} found Of the last 64 kB.
   * @param {string} what For the words of a failure.
   * @param {number} timeoutMs
   */
  async waitFor(found, what, timeoutMs) {
    let text = '';
    /** @type {(() => void) | undefined} */
    let stop;
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    try {
      await new Promise((resolve, reject) => {
        stop = this.onText((more) => {
          text = (text + more).slice(-65_536);
          if (found(text)) resolve(undefined);
        });
        const fail = (/** @type {string} */ why) => {
          const seen = JSON.stringify(text.slice(-300));
          reject(new Error(`${this.words}: ${why} before ${what}; it wrote ${seen}`));
        };
        timer = setTimeout(() => fail(`${timeoutMs} ms went by`), timeoutMs);
        void this.ended.then((code) => fail(`it ended (${code})`));
      });
    } finally {
      stop?.();
      clearTimeout(timer);
    }
  }

  /** Ends it: SIGTERM first. Idempotent. */
  async stop() {
    if (!this.#ended) this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), GRACE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** For a bench that ends early. */
  kill() {
    this.#signal('SIGKILL');
  }

  /** @param {string} keys */
  type(keys) {
    this.pty.write(keys);
  }

  /** @param {NodeJS.Signals} signal */
  #signal(signal) {
    if (this.#ended) return;
    try {
      process.kill(this.pid, signal);
    } catch {
      // It ended in between.
    }
  }

  /** @param {string} text */
  #take(text) {
    this.bytes += text.length;
    const known = this.#unanswered + text;
    let last = 0;
    for (const [question, answer] of ANSWERS) {
      for (let at = known.indexOf(question); at !== -1; at = known.indexOf(question, at + 1)) {
        this.pty.write(answer);
        last = Math.max(last, at + question.length);
      }
    }
    this.#unanswered = known.slice(Math.max(last, known.length - QUESTION_CHARACTERS));
    for (const listener of this.#listeners) listener(text);
  }
}

/** @type {Set<Terminal>} */
const running = new Set();

/** Ends every program in a terminal; for the end of the bench, also an early one. */
export function killAllTerminals() {
  for (const terminal of running) terminal.kill();
}
