/**
 * Shares the disk's syncs among all recordings of a recorder. Owns two rules: one sync at a time,
 * so that a stuck disk holds one thread of the pool and not all four; and pictures are synced only
 * while all syncs of the last second took less than their share of it.
 *
 * Why pictures have a share: a sync of each one before it gets its name makes a power loss leave
 * whole pictures only, and costs little on a solid-state disk, but a turning disk does some 100
 * syncs a second, and 20 streams at 15 fps bring 300 pictures. There the rest is left to the
 * kernel, counted, and no frame is dropped for it.
 */
import type { Clock } from '../../transport/clock.js';
import type { RecordingFs } from './recording-fs.js';

const WINDOW_MS = 1000;
/** Of each second, for syncing pictures. Leaves the disk most of its time for writing. */
const PICTURE_SHARE_MS = 400;

export class SyncTurns {
  readonly #clock: Clock;
  readonly #shareMs: number;
  #turn: Promise<void> = Promise.resolve();
  #windowStart = -Infinity;
  #spentMs = 0;

  constructor(clock: Clock, shareMs = PICTURE_SHARE_MS) {
    this.#clock = clock;
    this.#shareMs = shareMs;
  }

  /** Syncs what is in a file, and its length, in its turn. Rejects as `fdatasync` does. */
  async sync(fs: RecordingFs, fd: number): Promise<void> {
    await this.#inTurn(() => fs.fdatasync(fd));
  }

  /**
   * Syncs a folder in its turn. Rejects as `fsync` does. Not `fdatasync`: a name that fits into the
   * room that a folder has changes no length, and ext4 may then let `fdatasync` return without it.
   */
  async syncFolder(fs: RecordingFs, fd: number): Promise<void> {
    await this.#inTurn(() => fs.fsync(fd));
  }

  /** As `sync` while this second's share lasts, and true; else does nothing, and false. */
  async syncIfCheap(fs: RecordingFs, fd: number): Promise<boolean> {
    this.#turnWindow();
    if (this.#spentMs >= this.#shareMs) return false;
    await this.sync(fs, fd);
    return true;
  }

  async #inTurn(sync: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(() => this.#timed(sync));
    this.#turn = mine.catch(() => undefined);
    await mine;
  }

  async #timed(sync: () => Promise<void>): Promise<void> {
    const beganMs = this.#clock.now();
    try {
      await sync();
    } finally {
      this.#turnWindow();
      this.#spentMs += this.#clock.now() - beganMs;
    }
  }

  #turnWindow(): void {
    const nowMs = this.#clock.now();
    if (nowMs - this.#windowStart < WINDOW_MS) return;
    this.#windowStart = nowMs;
    this.#spentMs = 0;
  }
}
