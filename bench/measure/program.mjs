// @ts-check
/**
 * A child process that a figure needs for a while. Owns its start and its end: nothing that was
 * started here outlives `stop()`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

/** Time for a clean end before the group is killed. */
const GRACE_MS = 10_000;
/** How much of what a program said is kept for the words of a failure. */
const KEPT_LINES = 20;

/**
 * @typedef {object} ProgramOptions
 * @property {Readonly<Record<string, string>>} [env] Beside the environment of the bench.
 * @property {boolean} [quiet] Its stdout goes to /dev/null itself, not through a pipe.
 * @property {boolean} [control] A duplex pipe as descriptor 3.
 * @property {boolean} [input] Its stdin is written to.
 */

/** One running program, leader of its own process group and session. */
export class Program {
  /**
   * @param {string} path
   * @param {readonly string[]} args
   * @param {ProgramOptions} [options]
   */
  constructor(path, args, options = {}) {
    const { env = {}, quiet = false, control = false, input = false } = options;
    this.startedAtMs = Date.now();
    this.words = [path, ...args].join(' ');
    /** @type {string[]} Last lines of stderr. */
    this.said = [];
    this.child = spawn(path, args, {
      env: { ...process.env, ...env },
      stdio: [
        input ? 'pipe' : 'ignore',
        quiet ? 'ignore' : 'pipe',
        'pipe',
        ...(control ? [PIPE] : []),
      ],
      detached: true,
    });
    /** @type {Promise<number | null>} Exit code; null for a signal. Never rejects. */
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => {
        resolve(code);
      });
      this.child.once('error', (error) => {
        this.said.push(error.message);
        resolve(null);
      });
    });
    const { stderr } = this.child;
    if (stderr === null) throw new Error(`${this.words}: its stderr is not read`);
    /** Each line of stderr. */
    this.errorLines = createInterface({ input: stderr });
    this.errorLines.on('line', (line) => {
      this.said.push(line);
      if (this.said.length > KEPT_LINES) this.said.shift();
    });
    running.add(this);
    void this.ended.then(() => running.delete(this));
  }

  /**
   * Rejects with what it said on stderr when the program ends before the promise is settled.
   *
   * @template T
   * @param {Promise<T>} promise
   * @param {string} what
   * @param {number} timeoutMs
   * @returns {Promise<T>}
   */
  async before(promise, what, timeoutMs) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    try {
      return await Promise.race([
        promise,
        this.ended.then((code) => {
          throw new Error(
            `${this.words}: ended (${code}) before ${what}: ${this.said.join(' | ')}`,
          );
        }),
        new Promise((_, reject) => {
          timer = setTimeout(() => {
            const said = this.said.join(' | ');
            reject(new Error(`${this.words}: no ${what} in ${timeoutMs} ms; it said: ${said}`));
          }, timeoutMs);
        }),
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The process id. Throws when the program could not be started. */
  get pid() {
    const { pid } = this.child;
    if (pid === undefined) throw new Error(`${this.words}: cannot be started`);
    return pid;
  }

  /** Each line of stdout. */
  get lines() {
    if (this.child.stdout === null) throw new Error(`${this.words}: its stdout is not read`);
    return createInterface({ input: this.child.stdout });
  }

  /**
   * Ends it, cleanly first. Idempotent; resolves to its exit code.
   *
   * @param {NodeJS.Signals} signal
   */
  async stop(signal = 'SIGTERM') {
    this.#signal(signal, this.child.pid);
    const timer = setTimeout(() => {
      this.#signal('SIGKILL', -(this.child.pid ?? 0));
    }, GRACE_MS);
    const code = await this.ended;
    clearTimeout(timer);
    return code;
  }

  /** Kills the whole group, for a bench that ends early. */
  kill() {
    this.#signal('SIGKILL', -(this.child.pid ?? 0));
  }

  /**
   * @param {NodeJS.Signals} signal
   * @param {number | undefined} target
   */
  #signal(signal, target) {
    if (target === undefined || target === 0 || !running.has(this)) return;
    try {
      process.kill(target, signal);
    } catch {
      // It ended in between.
    }
  }
}

/** @type {'pipe'} */
const PIPE = 'pipe';
/** @type {Set<Program>} */
const running = new Set();

/** Ends everything that still runs; for the end of the bench, also an early one. */
export function killAllPrograms() {
  for (const program of running) program.kill();
}

/**
 * Throws, with the words that mend it, when a program is not on PATH.
 *
 * @param {string} name
 * @param {string} debianPackage
 */
export function requireProgram(name, debianPackage) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (folders.some((folder) => existsSync(join(folder, name)))) return;
  throw new Error(`${name} is not on PATH (apt-get install ${debianPackage})`);
}

/**
 * Runs a program to its end and returns what it printed. Throws when it fails.
 *
 * @param {string} path
 * @param {readonly string[]} args
 */
export async function runProgram(path, args) {
  const program = new Program(path, args);
  let text = '';
  program.child.stdout?.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const code = await program.ended;
  if (code !== 0) throw new Error(`${program.words}: ended (${code}): ${program.said.join(' | ')}`);
  return text;
}

/**
 * The first line for which `pick` gives something.
 *
 * @template T
 * @param {import('node:readline').Interface} lines
 * @param {(line: string) => T | undefined} pick
 * @returns {Promise<T>}
 */
export function firstLine(lines, pick) {
  return new Promise((resolve) => {
    // A listener, not one `once` after another: several lines may come in the same turn.
    lines.on('line', function onLine(line) {
      const picked = pick(String(line));
      if (picked === undefined) return;
      lines.off('line', onLine);
      resolve(picked);
    });
  });
}
