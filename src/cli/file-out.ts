/**
 * Standard output or standard error that is a file: its disk may be full for a while. Owns what is
 * written to it, and that a line is whole or not there; Node's own stream is destroyed by its first
 * fault. Ends no program, and tells faults only to whoever made it.
 *
 *   write ──> file
 *     └─ full ──> the rest of this text waits ──> before the next one; other texts are left out
 */
import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

import type { TextOut } from './io.js';

export interface FileOutOptions {
  /** 1 or 2, say. */
  readonly fd: number;
  /** The first fault, and the first one after it could be written again. */
  readonly onFault: (thrown: unknown) => void;
}

/** Whether it is a file or a device that Node writes to in the same way, such as /dev/full. */
export function isFileOut(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFile() || (stat.isCharacterDevice() && !isatty(fd));
  } catch {
    return false;
  }
}

export class FileOut implements TextOut {
  readonly #options: FileOutOptions;
  /** What is left of a text that was begun, or could not be. */
  #rest: Uint8Array = Buffer.alloc(0);
  #failing = false;
  #hasFailed = false;

  constructor(options: FileOutOptions) {
    this.#options = options;
  }

  /** Whether it could ever not be written: something may be missing in it. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** 0, or no end of bytes while it can't be written: so line-out.ts counts what is left out. */
  get writableLength(): number {
    return this.#flush() ? 0 : Infinity;
  }

  /** False: it could not be written. */
  write(text: string | Uint8Array): boolean {
    if (!this.#flush()) return false;
    this.#rest = typeof text === 'string' ? Buffer.from(text) : text;
    return this.#flush();
  }

  #flush(): boolean {
    try {
      while (this.#rest.length > 0) {
        this.#rest = this.#rest.subarray(writeSync(this.#options.fd, this.#rest));
      }
      this.#failing = false;
      return true;
    } catch (thrown) {
      const isNew = !this.#failing;
      this.#failing = true;
      this.#hasFailed = true;
      if (isNew) this.#options.onFault(thrown);
      return false;
    }
  }
}
