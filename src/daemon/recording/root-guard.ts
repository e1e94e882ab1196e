/**
 * Watches over the root of recordings by a marker file in it. Owns noticing that the disk which the root
 * was on is not mounted any more, so that nothing is written to the folder underneath.
 *
 *   marker there ──────────────────────────────> good
 *   not there, its disk is mounted, or has none ─> made, good
 *   not there, its disk is not mounted ──────────> bad, until it is
 */
import { dirname, join } from 'node:path';
import { MeetError, systemErrorCode } from '../../transport/errors.js';
import { syncFolder } from './folder-sync.js';
import { makeFolders } from './make-folders.js';
import type { RecordingFs } from './recording-fs.js';
import { CREATE_FLAGS, FILE_MODE, writeAll } from './recording-fs.js';
import { MARKER_FILE } from './segment-name.js';
import type { SyncTurns } from './sync-turns.js';

/** What outlives the process: where the disk of a root was mounted. */
export interface DiskMemory {
  /** The mount point of the disk that this root was on; undefined when it is not known. */
  recall(root: string): Promise<string | undefined>;
  /** Never rejects: without it a missing disk is noticed by a daemon that has seen it only. */
  remember(root: string, mountPoint: string): Promise<void>;
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

const MARKER_VERSION = 1;

interface Identity {
  readonly ino: number;
  readonly dev: number;
}

export class RootGuard {
  readonly #options: RootGuardOptions;
  #marker: Identity | undefined;
  #mountPoint: string | undefined;
  #isRecalled = false;
  #busy: Promise<void> | undefined;

  constructor(options: RootGuardOptions) {
    this.#options = options;
  }

  /** Makes root and marker where they are to be made. Rejects with MEET_DISK_WRITE or system errors. */
  ensure(): Promise<void> {
    // Recordings that begin together find one marker made, not each its own.
    this.#busy ??= this.#ensure().finally(() => {
      this.#busy = undefined;
    });
    return this.#busy;
  }

  /** Rejects with MEET_DISK_WRITE when the marker that was there is not there any more. */
  async check(): Promise<void> {
    const found = await this.#find();
    if (found !== undefined && found.ino === this.#marker?.ino && found.dev === this.#marker.dev) {
      return;
    }
    throw new MeetError(
      'MEET_DISK_WRITE',
      `${this.#markerPath} is gone, expected it to stay; recording goes on when its disk is back, ` +
        'or in a new folder where it was no disk of its own',
    );
  }

  /** Rejects with MEET_DISK_WRITE when the disk that the root was on is not mounted. Makes nothing. */
  async requireDisk(): Promise<void> {
    if ((await this.#find()) !== undefined) return;
    const mountPoint = await this.#diskOf();
    if (mountPoint === undefined || (await isMounted(this.#options.fs, mountPoint))) return;
    throw new MeetError(
      'MEET_DISK_WRITE',
      `cannot record to ${this.#options.root}: it was on a disk at ${mountPoint}, where none is ` +
        `mounted now; mount it, or make ${this.#markerPath} yourself to record without it`,
    );
  }

  get #markerPath(): string {
    return join(this.#options.root, MARKER_FILE);
  }

  async #ensure(): Promise<void> {
    await this.requireDisk();
    const { fs, root, memory, turns } = this.#options;
    for (const made of await makeFolders(fs, root)) {
      // A folder that this user may not read cannot be synced by it; what is lost with it, segments tell.
      await syncFolder(fs, dirname(made), turns).catch(() => undefined);
    }
    this.#marker = (await this.#find()) ?? (await this.#make());
    const mountPoint = await mountPointOf(fs, root);
    if (mountPoint !== this.#mountPoint) await memory?.remember(root, mountPoint);
    this.#mountPoint = mountPoint;
  }

  async #diskOf(): Promise<string | undefined> {
    const { memory, root } = this.#options;
    if (!this.#isRecalled) {
      this.#isRecalled = true;
      this.#mountPoint ??= await memory?.recall(root);
    }
    return this.#mountPoint;
  }

  async #find(): Promise<Identity | undefined> {
    return found(this.#options.fs, this.#markerPath);
  }

  async #make(): Promise<Identity> {
    const { fs, turns, newId } = this.#options;
    const fd = await fs.open(this.#markerPath, CREATE_FLAGS, FILE_MODE);
    try {
      const line = `${JSON.stringify({ version: MARKER_VERSION, id: newId() })}\n`;
      await writeAll(fs, fd, [Buffer.from(line)], 0);
      // A marker that a power loss takes is made anew; what else a bad disk may lose, segments tell.
      await turns.sync(fs, fd).catch(() => undefined);
    } catch (thrown) {
      await fs.unlink(this.#markerPath).catch(() => undefined);
      throw thrown;
    } finally {
      await fs.close(fd).catch(() => undefined);
    }
    return fs.lstat(this.#markerPath);
  }
}

/** The folder at which the file system of `path` is mounted: `/` in the end. */
async function mountPointOf(fs: RecordingFs, path: string): Promise<string> {
  let at = await fs.realpath(path);
  const { dev } = await fs.lstat(at);
  for (let above = dirname(at); above !== at; above = dirname(at)) {
    if ((await fs.lstat(above)).dev !== dev) return at;
    at = above;
  }
  return at;
}

/** Whether a file system is mounted there still, or again. */
async function isMounted(fs: RecordingFs, mountPoint: string): Promise<boolean> {
  const above = dirname(mountPoint);
  if (above === mountPoint) return true;
  const here = await found(fs, mountPoint);
  return here !== undefined && here.dev !== (await fs.lstat(above)).dev;
}

async function found(fs: RecordingFs, path: string): Promise<Identity | undefined> {
  try {
    return await fs.lstat(path);
  } catch (thrown) {
    const errno = systemErrorCode(thrown);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw thrown;
  }
}
