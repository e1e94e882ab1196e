/**
 * Writes pictures, one file each. Owns that a name ending in `.jpg` always stands for a whole
 * picture: it is written under another name, synced where that is cheap, and renamed.
 */
import { join } from 'node:path';
import type { PictureKind } from '../../transport/stream-kind.js';
import type { RecordingFs } from './recording-fs.js';
import { CREATE_FLAGS, FILE_MODE, PART_SUFFIX, writeAll } from './recording-fs.js';
import { PictureNumbers, pictureFileName } from './recording-names.js';
import { makeRealFolder } from './stay-folder.js';
import type { SyncTurns } from './sync-turns.js';
import type { Waiting } from './frame-queue.js';

export class PictureWriter {
  readonly #fs: RecordingFs;
  readonly #folder: string;
  readonly #turns: SyncTurns;
  readonly #numbers = new Map<PictureKind, PictureNumbers>();
  #unsynced = 0;

  constructor(fs: RecordingFs, folder: string, turns: SyncTurns) {
    this.#fs = fs;
    this.#folder = folder;
    this.#turns = turns;
  }

  /** Pictures that were not synced, since the disk syncs slowly. */
  get unsynced(): number {
    return this.#unsynced;
  }

  /** Writes one picture; returns its file, relative to the folder. Rejects with system errors. */
  async write(kind: PictureKind, { frame }: Waiting): Promise<string> {
    const number = (await this.#numbersOf(kind)).next(frame.sequence);
    const file = pictureFileName(kind, number, frame.capturedAtUs);
    const path = join(this.#folder, file);
    const part = `${path}${PART_SUFFIX}`;
    const fd = await this.#fs.open(part, CREATE_FLAGS, FILE_MODE);
    try {
      await this.#fill(fd, frame.payload);
      await this.#fs.rename(part, path);
    } catch (thrown) {
      await this.#fs.unlink(part).catch(() => undefined);
      throw thrown;
    }
    return file;
  }

  /** Makes the folders that pictures went to, where somebody removed them. */
  async makeFolders(): Promise<void> {
    for (const kind of this.#numbers.keys()) {
      await makeRealFolder(this.#fs, join(this.#folder, kind));
    }
  }

  async #fill(fd: number, payload: Buffer): Promise<void> {
    try {
      await writeAll(this.#fs, fd, [payload], 0);
      if (!(await this.#turns.syncIfCheap(this.#fs, fd))) this.#unsynced += 1;
    } finally {
      await this.#fs.close(fd);
    }
  }

  async #numbersOf(kind: PictureKind): Promise<PictureNumbers> {
    const known = this.#numbers.get(kind);
    if (known !== undefined) return known;
    await makeRealFolder(this.#fs, join(this.#folder, kind));
    const numbers = new PictureNumbers();
    this.#numbers.set(kind, numbers);
    return numbers;
  }
}
