/**
 * One stream's place in the picture pool: what waits for a thread. Owns this queue and its counts;
 * does no work itself.
 *
 *   offer ──> [ oldest … newest ] ──take──> in work (one) ──> sink
 *                 │ full: the oldest goes, counted
 */
import type { MeetError } from '../../transport/errors.js';

/** A picture that came out of the pool. */
export interface WorkedPicture {
  /**
   * `to-jpeg`: 32 bytes of zeros for the record header, then the JPEG. `to-older`: u64 length and
   * pickle, ready to be written. An ArrayBuffer of its own.
   */
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
  /** As it was given with the picture. */
  readonly capturedAtUs: number;
  /** Microseconds that it waited and was worked on. */
  readonly tookUs: number;
}

/** What a stream calls, in the order of its pictures. Neither may throw. */
export interface PictureSink {
  onPicture(picture: WorkedPicture): void;
  /** This picture is refused, the next are tried: closing the connection is the caller's matter. */
  onRefused(reason: MeetError): void;
}

/** Counts since the stream was opened. */
export interface PictureCounts {
  readonly offered: number;
  readonly done: number;
  /** Newer ones came before a thread was free. */
  readonly dropped: number;
  readonly refused: number;
}

export interface WaitingPicture {
  readonly bytes: Uint8Array;
  readonly capturedAtUs: number;
  /** Monotonic milliseconds. */
  readonly offeredAtMs: number;
}

export class PictureQueue {
  readonly counts = { offered: 0, done: 0, dropped: 0, refused: 0 };
  readonly #waiting: WaitingPicture[] = [];
  #waitingBytes = 0;

  get length(): number {
    return this.#waiting.length;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Adds the newest; drops the oldest beyond `depth` pictures or `roomBytes`, all if need be. */
  offer(picture: WaitingPicture, depth: number, roomBytes: number): void {
    this.counts.offered += 1;
    this.#waiting.push(picture);
    this.#waitingBytes += picture.bytes.length;
    while (this.#waiting.length > depth || this.#waitingBytes > roomBytes) this.#drop();
  }

  /** The oldest. */
  take(): WaitingPicture | undefined {
    const picture = this.#waiting.shift();
    this.#waitingBytes -= picture?.bytes.length ?? 0;
    return picture;
  }

  clear(): void {
    while (this.#waiting.length > 0) this.#drop();
  }

  #drop(): void {
    this.take();
    this.counts.dropped += 1;
  }
}
