/**
 * Watches over the root of recordings by a marker file in it. Owns noticing that the disk which the root
 * was on is not mounted any more, so that nothing is written to the folder underneath.
 *
 *   its disk is mounted, or it has none ─> good; the marker is made where it is not there
 *   its disk is not mounted:
 *     no marker, or one that a daemon made underneath ─> bad, until it is mounted
 *     the disk's own marker, one that was good to this daemon before, or a person's ─> good
 */
import { dirname } from 'node:path';
import { MeetError, systemErrorCode } from '../../transport/errors.js';
import { diskFault } from './disk-fault.js';
import { syncFolder } from './folder-sync.js';
import { makeFolders } from './make-folders.js';
import { isMounted, mountPointOf } from './mount-point.js';
import type { RecordingFs } from './recording-fs.js';
import type { FileIdentity } from './root-marker.js';
import { findMarker, makeMarker, markerPathOf, nameMarker, readMarker } from './root-marker.js';
import type { SyncTurns } from './sync-turns.js';

/** The disk that a root was on. */
export interface KnownDisk {
  readonly mountPoint: string;
  /** Of the marker that was there. */
  readonly markerId?: string | undefined;
}

/** What outlives the process: on which disk a root was. */
export interface DiskMemory {
  /** Undefined when it is not known. */
  recall(root: string): Promise<KnownDisk | undefined>;
  /** Never rejects: without it a missing disk is noticed by a daemon that has seen it only. */
  remember(root: string, disk: KnownDisk): Promise<void>;
}

export interface RootGuardOptions {
  readonly fs: RecordingFs;
  /** Absolute. */
  readonly root: string;
  readonly turns: SyncTurns;
  /** A new UUID. */
  readonly newId: () => string;
  readonly memory?: DiskMemory;
}

/** What opening a folder above the root says that is no fault of the disk. */
const NOT_OURS = new Set(['EACCES', 'ENOENT']);

export class RootGuard {
  readonly #options: RootGuardOptions;
  /** Markers that were good to this daemon. */
  readonly #seen = new Set<string>();
  #marker: FileIdentity | undefined;
  #disk: KnownDisk | undefined;
  #isRecalled = false;
  /** Folders in which one was made, and that are not known to be synced. */
  readonly #unsynced = new Set<string>();
  #busy: Promise<MeetError | undefined> | undefined;

  constructor(options: RootGuardOptions) {
    this.#options = options;
  }

  /**
   * Makes root and marker where they are to be made. Resolves with why the root may be lost with the
   * power: a folder above it could not be synced. Rejects with MEET_DISK_WRITE or system errors.
   */
  ensure(): Promise<MeetError | undefined> {
    // Recordings that begin together find one marker made, not each its own.
    this.#busy ??= this.#ensure().finally(() => {
      this.#busy = undefined;
    });
    return this.#busy;
  }

  /** Rejects with MEET_DISK_WRITE when the marker that was there is not there any more. */
  async check(): Promise<void> {
    const { fs, root } = this.#options;
    const found = await findMarker(fs, root);
    if (found !== undefined && found.ino === this.#marker?.ino && found.dev === this.#marker.dev) {
      return;
    }
    throw new MeetError(
      'MEET_DISK_WRITE',
      `${markerPathOf(root)} is gone, expected it to stay; recording goes on when its disk is back, ` +
        'or in a new folder where it was no disk of its own',
    );
  }

  /** Rejects with MEET_DISK_WRITE when the disk that the root was on is not mounted. Makes nothing. */
  async requireDisk(): Promise<void> {
    const { fs, root } = this.#options;
    const disk = await this.#knownDisk();
    if (disk === undefined || (await isMounted(fs, disk.mountPoint))) return;
    if ((await findMarker(fs, root)) !== undefined && (await this.#isGoodMarker(disk))) return;
    throw new MeetError(
      'MEET_DISK_WRITE',
      `cannot record to ${root}: it was on a disk at ${disk.mountPoint}, where none is mounted now; ` +
        `mount it, or make ${markerPathOf(root)} an empty file to record without it`,
    );
  }

  async #isGoodMarker({ markerId }: KnownDisk): Promise<boolean> {
    const { fs, root } = this.#options;
    // One that cannot be read tells nothing.
    const marker = await readMarker(fs, root).catch(() => undefined);
    if (marker?.isEmpty === true) return true;
    return marker?.id !== undefined && (marker.id === markerId || this.#seen.has(marker.id));
  }

  async #ensure(): Promise<MeetError | undefined> {
    await this.requireDisk();
    const { fs, root, memory } = this.#options;
    for (const made of await makeFolders(fs, root)) this.#unsynced.add(dirname(made));
    const fault = await this.#syncAbove();
    const markerId = await this.#markerId();
    this.#marker = await findMarker(fs, root);
    if (markerId !== undefined) this.#seen.add(markerId);
    const mountPoint = await mountPointOf(fs, root);
    const { mountPoint: wasAt, markerId: wasId } = this.#disk ?? {};
    this.#disk = { mountPoint, markerId };
    if (mountPoint !== wasAt || markerId !== wasId) await memory?.remember(root, this.#disk);
    return fault;
  }

  /** Tries each time, until it has been done: nothing below is safe before. Returns the first fault. */
  async #syncAbove(): Promise<MeetError | undefined> {
    const { fs, turns } = this.#options;
    let first: MeetError | undefined;
    for (const folder of this.#unsynced) {
      const fault = await syncFolder(fs, folder, turns).catch((thrown: unknown) => {
        // A folder that this user may not read cannot be synced by it, and one that is gone need not be.
        if (NOT_OURS.has(systemErrorCode(thrown) ?? '')) return undefined;
        return diskFault(thrown, folder);
      });
      if (fault === undefined) this.#unsynced.delete(folder);
      first ??= fault;
    }
    return first;
  }

  /** The identity of the marker, which is made where there is none. */
  async #markerId(): Promise<string | undefined> {
    const { fs, root, turns, newId } = this.#options;
    const isThere = (await findMarker(fs, root)) !== undefined;
    const known = isThere ? await readMarker(fs, root).catch(() => undefined) : undefined;
    if (known?.id !== undefined) return known.id;
    const id = newId();
    if (!isThere) await makeMarker(fs, root, id, turns);
    // Where that fails recording goes on, and asks again the next time.
    else if (!(await done(nameMarker(fs, root, id, turns)))) return undefined;
    return id;
  }

  async #knownDisk(): Promise<KnownDisk | undefined> {
    const { memory, root } = this.#options;
    if (!this.#isRecalled) {
      this.#isRecalled = true;
      this.#disk ??= await memory?.recall(root);
    }
    return this.#disk;
  }
}

async function done(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
