/**
 * When the open segment is synced: each second, beside the writing, one at a time. Owns that, and that
 * a disk whose syncs fail gets fewer and longer segments instead of one a second.
 */
import type { Clock } from '../../transport/clock.js';
import { diskFault } from './disk-fault.js';
import type { MeetError } from '../../transport/errors.js';
import type { SegmentFile } from './segment-file.js';

/** After a sync that failed the next one waits, twice as long each time. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 64_000;

export class SegmentSync {
  readonly #clock: Clock;
  #running: Promise<void> | undefined;
  #fault: MeetError | undefined;
  #waitMs = 0;
  #fromMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why the sync of the file failed that was last given to `start`; undefined if it did not. */
  get fault(): MeetError | undefined {
    return this.#fault;
  }

  /** Begins a sync, unless one is under way or it is too early after one that failed. */
  start(file: SegmentFile): void {
    if (this.#running !== undefined || this.#clock.now() < this.#fromMs) return;
    this.#running = this.#sync(file).finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** A new file is written to. */
  renew(): void {
    this.#fault = undefined;
  }

  async #sync(file: SegmentFile): Promise<void> {
    try {
      await file.sync();
      this.#waitMs = 0;
    } catch (thrown) {
      this.#fault = diskFault(thrown, file.path);
      this.#waitMs = Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, this.#waitMs * 2));
      this.#fromMs = this.#clock.now() + this.#waitMs;
    }
  }
}
