/**
 * What the daemon beside a dashboard writes to stderr. Owns where its lines go: through, until the
 * dashboard has the terminal; then shown there, and the newest kept until the terminal is given back.
 */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

import type { Io } from './io.js';

/** Lines kept for after the dashboard; older ones are counted. */
const KEPT_LINES = 100;

export class DaemonWords {
  readonly #io: Io;
  readonly #kept: string[] = [];
  #leftOut = 0;
  #show: ((line: string) => void) | undefined;

  /** Reads the child's stderr, which must be a pipe, to its end. */
  constructor(io: Io, { stderr }: ChildProcess) {
    this.#io = io;
    if (stderr === null) return;
    createInterface({ input: stderr, crlfDelay: Infinity }).on('line', (line) => {
      this.#take(line);
    });
  }

  /** From now on lines are shown by `show`. Where stderr is no terminal they still go through. */
  keep(show: (line: string) => void): void {
    this.#show = show;
  }

  /** The terminal is given back: writes what was kept, and from now on all. Idempotent. */
  tellKept(): void {
    this.#show = undefined;
    if (this.#leftOut > 0) this.#io.stderr.write(`${this.#leftOut} earlier lines left out\n`);
    this.#leftOut = 0;
    for (const line of this.#kept.splice(0)) this.#io.stderr.write(`${line}\n`);
  }

  #take(line: string): void {
    if (this.#show === undefined || this.#io.stderr.isTTY !== true) {
      this.#io.stderr.write(`${line}\n`);
    }
    if (this.#show === undefined) return;
    this.#show(line);
    if (this.#io.stderr.isTTY !== true) return;
    this.#kept.push(line);
    if (this.#kept.length <= KEPT_LINES) return;
    this.#kept.shift();
    this.#leftOut += 1;
  }
}
