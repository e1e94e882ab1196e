/**
 * Shared memory objects that hand pictures to a terminal on this machine. Owns their names and files
 * (/dev/shm on Linux) until the terminal has taken them; the terminal removes each one it read.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Linux keeps POSIX shared memory (shm_overview(7)). */
export const SHARED_MEMORY_FOLDER = '/dev/shm';
/** What the objects of a program are called: its process, 16 random digits, a count. */
const OBJECT_NAME = /^meet-(\d+)-[\da-f]{16}-\d+$/u;
/** A terminal takes a picture within milliseconds; younger objects of a process unknown here may be of another container. */
const LEFT_AFTER_MS = 10_000;
/** Objects that may wait for the terminal; the oldest is taken back when there are more. */
const WAITING_MAX = 64;

/**
 * Removes what programs of this user that were killed have left. Resolves with how many; never rejects,
 * since what can't be removed is another user's or gone already. `wallMs`: since the Unix epoch.
 */
export async function sweepSharedMemory(
  wallMs: number,
  folder = SHARED_MEMORY_FOLDER,
): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const swept = await Promise.all(names.map((name) => sweepOne(folder, name, wallMs)));
  return swept.filter((isSwept) => isSwept).length;
}

async function sweepOne(folder: string, name: string, wallMs: number): Promise<boolean> {
  const pid = OBJECT_NAME.exec(name)?.[1];
  if (pid === undefined || isRunning(Number(pid))) return false;
  try {
    const path = join(folder, name);
    if (wallMs - (await stat(path)).mtimeMs < LEFT_AFTER_MS) return false;
    await rm(path);
    return true;
  } catch {
    return false;
  }
}

/** Also true for a process that is another user's. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return !(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH');
  }
}

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
