/**
 * Shared memory objects that hand pictures to a terminal on this machine. Owns their names and files
 * (/dev/shm on Linux) until the terminal has taken them; the terminal removes each one it read.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Linux keeps POSIX shared memory (shm_overview(7)). */
export const SHARED_MEMORY_FOLDER = '/dev/shm';
/** Objects that may wait for the terminal; the oldest is taken back when there are more. */
const WAITING_MAX = 64;

export class SharedMemory {
  readonly #folder: string;
  /** Unguessable, so that nobody can put a file of his own in the way. */
  readonly #prefix = `meet-${process.pid}-${randomBytes(8).toString('hex')}`;
  #waiting: string[] = [];
  #count = 0;

  constructor(folder = SHARED_MEMORY_FOLDER) {
    this.#folder = folder;
  }

  /** Makes an object of these bytes, readable by this user only; its name for shm_open(3). */
  async put(bytes: Uint8Array): Promise<string> {
    this.#count += 1;
    const file = `${this.#prefix}-${this.#count}`;
    this.#waiting.push(file);
    await writeFile(join(this.#folder, file), bytes, { flag: 'wx', mode: 0o600 });
    while (this.#waiting.length > WAITING_MAX) {
      await rm(join(this.#folder, this.#waiting.shift() ?? file), { force: true });
    }
    return `/${file}`;
  }

  /** Removes what the terminal did not take. Synchronous, since it also runs at a crash. */
  removeAll(): void {
    for (const file of this.#waiting) {
      try {
        rmSync(join(this.#folder, file), { force: true });
      } catch {
        // Nothing is left to be done with it on the way out.
      }
    }
    this.#waiting = [];
  }
}
