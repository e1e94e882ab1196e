/**
 * The file of one segment while it is written. Owns where the next bytes go, that a write which
 * failed half-way is taken back, and the names that a file has in its life; knows no element.
 *
 *   who-0001.open.mkv ──ended──> who-0001.mkv
 *                     └─a sync failed, of it or of its folder──> who-0001.suspect.mkv
 */
import { join } from 'node:path';
import { MeetError, systemErrorCode } from '../../transport/errors.js';
import { diskFault } from './disk-fault.js';
import { syncFolder } from './folder-sync.js';
import type { RecordingFs } from './recording-fs.js';
import { CREATE_FLAGS, FILE_MODE, writeAll } from './recording-fs.js';
import type { SegmentMark } from './segment-name.js';
import { segmentFileName } from './segment-name.js';
import type { SyncTurns } from './sync-turns.js';

/** Names that are tried when others take them at the same time. */
const MOST_TRIES = 100;

export interface SegmentPlace {
  readonly fs: RecordingFs;
  readonly turns: SyncTurns;
  /** The meeting's folder. */
  readonly folder: string;
  /** The participant's safe name. */
  readonly who: string;
  /** A folder above could not be synced. */
  readonly folderFault?: MeetError | undefined;
}

interface Identity {
  readonly ino: number;
  readonly dev: number;
}

export class SegmentFile {
  /** From 1 on. */
  readonly number: number;
  readonly #place: SegmentPlace;
  readonly #fd: number;
  readonly #identity: Identity;
  #path: string;
  #sizeBytes = 0;
  #unsynced = false;
  #hasTornTail = false;
  #syncFault: MeetError | undefined;
  #nameFault: MeetError | undefined;
  #closed = false;

  private constructor(place: SegmentPlace, number: number, fd: number, identity: Identity) {
    this.#place = place;
    this.number = number;
    this.#fd = fd;
    this.#identity = identity;
    this.#nameFault = place.folderFault;
    this.#path = pathOf(place, number, 'open');
  }

  /**
   * Makes the first free name from `number` on, empty, and syncs the folder; where that fails the file
   * has a `nameFault`. Rejects with system errors.
   */
  static async create(place: SegmentPlace, number: number): Promise<SegmentFile> {
    const { fs, folder } = place;
    for (let tried = number; tried < number + MOST_TRIES; tried += 1) {
      const path = pathOf(place, tried, 'open');
      const fd = await openNew(fs, path);
      if (fd === undefined) continue;
      try {
        const file = new SegmentFile(place, tried, fd, await fs.lstat(path));
        await file.#syncName();
        return file;
      } catch (thrown) {
        await fs.close(fd).catch(() => undefined);
        await fs.unlink(path).catch(() => undefined);
        throw thrown;
      }
    }
    throw new MeetError(
      'MEET_DISK_WRITE',
      `${folder} has all segments ${number} to ${number + MOST_TRIES - 1} of ${place.who} already, ` +
        'expected a free one; is another daemon recording there?',
    );
  }

  get path(): string {
    return this.#path;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** A write that failed could not be taken back: the file ends with part of it. */
  get hasTornTail(): boolean {
    return this.#hasTornTail;
  }

  /** A sync failed: after a power loss it may hold less than was written. */
  get isSuspect(): boolean {
    return this.#syncFault !== undefined;
  }

  /** Why a sync of it failed. */
  get syncFault(): MeetError | undefined {
    return this.#syncFault;
  }

  /** Why its name may be lost with the power, whatever is in it: a folder could not be synced. */
  get nameFault(): MeetError | undefined {
    return this.#nameFault;
  }

  /** Rejects with a system error, with the file as it was before where the disk allows that. */
  async append(buffers: readonly Buffer[]): Promise<void> {
    const { fs } = this.#place;
    const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
    try {
      await writeAll(fs, this.#fd, buffers, this.#sizeBytes);
    } catch (thrown) {
      await fs.ftruncate(this.#fd, this.#sizeBytes).catch(() => {
        this.#hasTornTail = true;
      });
      throw thrown;
    }
    this.#sizeBytes += bytes;
    this.#unsynced = true;
  }

  /** Writes the first page again. Rejects with a system error. */
  async rewriteHead(page: Buffer): Promise<void> {
    await writeAll(this.#place.fs, this.#fd, [page], 0);
    this.#unsynced = true;
  }

  /** Rejects with a system error; never try again on this file then. */
  async sync(): Promise<void> {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    try {
      await this.#place.turns.sync(this.#place.fs, this.#fd);
    } catch (thrown) {
      this.#syncFault = diskFault(thrown, this.#path);
      throw thrown;
    }
  }

  /** False when it was removed or moved, or its folder was. */
  async inPlace(): Promise<boolean> {
    try {
      const { ino, dev } = await this.#place.fs.lstat(this.#path);
      return ino === this.#identity.ino && dev === this.#identity.dev;
    } catch {
      // Whatever hinders a look at the file hinders writing to it, too.
      return false;
    }
  }

  /** Calls it closed; suspect where a folder could not be synced. Rejects with a system error. */
  async nameEnded(): Promise<void> {
    if (this.#nameFault === undefined) await this.#rename('closed');
    if (this.#nameFault !== undefined) await this.nameSuspect();
  }

  /** Calls it suspect. Rejects with a system error. */
  async nameSuspect(): Promise<void> {
    await this.#rename('suspect');
  }

  async #rename(mark: SegmentMark): Promise<void> {
    const path = pathOf(this.#place, this.number, mark);
    await this.#place.fs.rename(this.#path, path);
    this.#path = path;
    await this.#syncName().catch((thrown: unknown) => {
      this.#nameFault ??= diskFault(thrown, this.#place.folder);
    });
  }

  async #syncName(): Promise<void> {
    const { fs, folder, turns } = this.#place;
    const fault = await syncFolder(fs, folder, turns);
    this.#nameFault ??= fault;
  }

  /** Removes a file of which nothing was written. Never rejects. */
  async removeEmpty(): Promise<void> {
    if (this.#sizeBytes === 0) await this.#place.fs.unlink(this.#path).catch(() => undefined);
  }

  /** Idempotent; never rejects: there is nothing more to do for a file that won't close. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#place.fs.close(this.#fd).catch(() => undefined);
  }
}

function pathOf({ folder, who }: SegmentPlace, number: number, mark: SegmentMark): string {
  return join(folder, segmentFileName({ who, number, mark }));
}

async function openNew(fs: RecordingFs, path: string): Promise<number | undefined> {
  try {
    return await fs.open(path, CREATE_FLAGS, FILE_MODE);
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'EEXIST') return undefined;
    throw thrown;
  }
}
