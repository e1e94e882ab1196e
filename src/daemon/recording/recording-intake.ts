/**
 * Where frames come in and where each of them is counted: the queue, the gaps and the tally of one
 * recording. Owns that no frame is lost without a count and a gap; writes nothing, knows no disk.
 */
import type { StreamKind } from '../../transport/stream-kind.js';
import { FrameQueue } from './frame-queue.js';
import type { Waiting } from './frame-queue.js';
import { GapLedger } from './gap-ledger.js';
import type { GapLine, GapReason, RemarkLine } from './index-line.js';
import type { CountedFrame } from './recording-tally.js';
import { RecordingTally } from './recording-tally.js';
import type { GapNote, RecordingCounters } from './recording.js';

/** Remarks that wait for the disk; the oldest goes when there are more. */
const MOST_REMARKS = 256;

export class RecordingIntake {
  readonly queue: FrameQueue;
  readonly #gaps = new GapLedger();
  readonly #tally = new RecordingTally();
  readonly #remarks: RemarkLine[] = [];
  #slowDrops = 0;

  /** `limitBytes`: of all that waits or is being written. */
  constructor(limitBytes: number) {
    this.queue = new FrameQueue(limitBytes);
  }

  /** Queues a frame, and drops older ones or itself when there is no room. */
  accept(item: Waiting): void {
    this.#tally.offered(item.frame.kind);
    this.queue.offer(item, (dropped) => {
      this.#slowDrops += 1;
      this.#drop(dropped, 'queue-full');
    });
  }

  /** Counts a frame that is not even queued. */
  refuse(item: Waiting, reason: GapReason): void {
    this.#tally.offered(item.frame.kind);
    this.#drop(item, reason);
  }

  note(kind: StreamKind, gap: GapNote): void {
    this.#gaps.addNote(kind, gap);
  }

  remark(line: RemarkLine): void {
    this.#remarks.push(line);
    if (this.#remarks.length > MOST_REMARKS) this.#remarks.shift();
  }

  /** Remarks since the last call. */
  takeRemarks(): RemarkLine[] {
    return this.#remarks.splice(0);
  }

  /** Drops all that waits or is being written and isn't on disk yet. */
  dropAll(reason: GapReason): void {
    for (const item of this.queue.clear()) this.#drop(item, reason);
  }

  /** Drops a taken frame that cannot be written. */
  giveUp(item: Waiting, reason: GapReason): void {
    this.queue.settle(item);
    this.#drop(item, reason);
  }

  /** Frames that are in the index, or in the file, now. */
  kept(frames: readonly CountedFrame[]): void {
    for (const frame of frames) this.#tally.kept(frame);
  }

  /** Frames whose lines will never be in the index. */
  lost(frames: readonly CountedFrame[]): void {
    for (const frame of frames) this.#tally.dropped(frame);
  }

  /** Takes the gaps that are to be written. */
  takeGaps(): GapLine[] {
    return this.#gaps.take();
  }

  /** Frames dropped for a full queue since the last call. */
  takeSlowDrops(): number {
    const count = this.#slowDrops;
    this.#slowDrops = 0;
    return count;
  }

  /** `pendingFrames`: on disk, their lines not yet in the index. */
  counters(pendingFrames: number, unsyncedPictures: number): RecordingCounters {
    return {
      ...this.#tally.snapshot(),
      waitingFrames: this.queue.heldFrames + pendingFrames,
      waitingBytes: this.queue.heldBytes,
      unsyncedPictures,
    };
  }

  #drop(item: Waiting, reason: GapReason): void {
    const { kind, unchanged, payload } = item.frame;
    this.#tally.dropped({ kind, unchanged, sizeBytes: payload.length });
    this.#gaps.addFrame(item, reason);
  }
}
