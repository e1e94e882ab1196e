/**
 * One index file being written. Owns where the next bytes go, so that a write that failed half-way
 * is taken back and no line is ever torn but by a crash; knows no lines.
 */
import { join } from 'node:path';
import type { RecordingFs } from './recording-fs.js';
import { CREATE_FLAGS, FILE_MODE, writeAll } from './recording-fs.js';
import type { SyncTurns } from './sync-turns.js';

interface Identity {
  readonly ino: number;
  readonly dev: number;
}

export class IndexFile {
  /** Relative to the recording's folder. */
  readonly name: string;
  readonly #fs: RecordingFs;
  readonly #path: string;
  readonly #fd: number;
  readonly #identity: Identity;
  #sizeBytes = 0;
  #unsynced = false;

  private constructor(fs: RecordingFs, path: string, name: string, fd: number, is: Identity) {
    this.#fs = fs;
    this.#path = path;
    this.name = name;
    this.#fd = fd;
    this.#identity = is;
  }

  /** Makes `folder/name`, empty. Rejects with system errors. */
  static async create(fs: RecordingFs, folder: string, name: string): Promise<IndexFile> {
    const path = join(folder, name);
    const fd = await fs.open(path, CREATE_FLAGS, FILE_MODE);
    try {
      return new IndexFile(fs, path, name, fd, await fs.lstat(path));
    } catch (thrown) {
      await fs.close(fd);
      throw thrown;
    }
  }

  /** Appends whole lines. Rejects with a system error, with the file as it was before. */
  async append(lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    try {
      await writeAll(this.#fs, this.#fd, [bytes], this.#sizeBytes);
    } catch (thrown) {
      await this.#fs.ftruncate(this.#fd, this.#sizeBytes).catch(() => undefined);
      throw thrown;
    }
    this.#sizeBytes += bytes.length;
    this.#unsynced = true;
  }

  /** True while the path still leads to this file: nobody removed or moved the folder. */
  async inPlace(): Promise<boolean> {
    try {
      const { ino, dev } = await this.#fs.lstat(this.#path);
      return ino === this.#identity.ino && dev === this.#identity.dev;
    } catch {
      // Whatever hinders a look at the file hinders writing beside it too.
      return false;
    }
  }

  /** Brings what was written to the platter. Rejects with a system error; do not retry then. */
  async sync(turns: SyncTurns): Promise<void> {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    await turns.sync(this.#fs, this.#fd);
  }

  async close(): Promise<void> {
    await this.#fs.close(this.#fd);
  }
}
