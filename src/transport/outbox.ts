/**
 * The bounded queue in front of a socket, one for each stream. Owns which frames wait, which are
 * dropped, and how many may be under way unacknowledged; writes through the function it is given.
 *
 *            offer                        write               acknowledged
 *   capture ───────> [ waiting, newest ] ───────> [ under way ] ───────> gone
 *                      │ full: oldest out, counted    │ at most `window`
 *
 * Pictures: one waits (a newer one replaces it). Sound: `outbox-sound-ms` of chunks wait. Without
 * acknowledgements the kernel's buffers, several megabytes, would fill before `write` said false,
 * and a slow peer would see pictures that are seconds old: so the window bounds what is under way
 * to two frames and what fits into one round trip.
 */

/** What the outbox needs to know of a frame. */
export interface Queued {
  readonly sequence: number;
}

export interface OutboxOptions<F extends Queued> {
  /** Frames that may wait, at least 1. */
  readonly capacity: number;
  /** Frames that may be under way; Infinity where the peer sends no acknowledgements. */
  readonly windowFrames: number;
  /** Puts a frame on the socket; false when nothing more should be written until `drained`. */
  readonly write: (frame: F) => boolean;
  /** Whether the socket takes anything now, where several outboxes share it; else left out. */
  readonly socketOpen?: () => boolean;
  /** Called once for each frame that is dropped and so never written. */
  readonly onDropped?: (frame: F) => void;
}

export interface OutboxStats {
  readonly written: number;
  readonly dropped: number;
}

/** How the peer keeps up; all of it grows only. */
export interface OutboxFlow {
  readonly acknowledged: number;
  /** Acknowledgements that came when no more frames might be under way. */
  readonly atWindow: number;
  readonly dropped: number;
}

const SEQUENCE_SPAN = 0x1_0000_0000;

export class Outbox<F extends Queued> {
  readonly #options: OutboxOptions<F>;
  readonly #waiting: F[] = [];
  /** Sequences under way, oldest first; at most `windowFrames`. */
  #underWay: number[] = [];
  #open = true;
  #closed = false;
  #windowFrames: number;
  #written = 0;
  #acknowledged = 0;
  #atWindow = 0;
  #dropped = 0;

  constructor(options: OutboxOptions<F>) {
    this.#options = options;
    this.#windowFrames = options.windowFrames;
  }

  get stats(): OutboxStats {
    return { written: this.#written, dropped: this.#dropped };
  }

  get flow(): OutboxFlow {
    const [acknowledged, atWindow] = [this.#acknowledged, this.#atWindow];
    return { acknowledged, atWindow, dropped: this.#dropped };
  }

  /** Frames that are written and not acknowledged. */
  get underWay(): number {
    return this.#underWay.length;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether a frame offered now would be written at once. */
  get ready(): boolean {
    return !this.#closed && this.#waiting.length === 0 && this.#canWrite();
  }

  /** Takes a frame: written now, kept, or in place of the oldest one that waits. */
  offer(frame: F): void {
    if (this.#closed) {
      this.#drop([frame]);
      return;
    }
    this.#waiting.push(frame);
    this.#flush();
    const tooMany = this.#waiting.length - this.#options.capacity;
    if (tooMany > 0) this.#drop(this.#waiting.splice(0, tooMany));
  }

  /** The peer has this sequence and all before it. */
  acknowledged(sequence: number): void {
    const before = this.#underWay.length;
    if (before >= this.#windowFrames) this.#atWindow += 1;
    this.#underWay = this.#underWay.filter((sent) => isAfter(sent, sequence));
    this.#acknowledged += before - this.#underWay.length;
    this.#flush();
  }

  /** What is under way will not be acknowledged any more: how many frames that is. */
  abandon(): number {
    return this.#underWay.splice(0).length;
  }

  /** The socket takes more again. */
  drained(): void {
    this.#open = true;
    this.#flush();
  }

  /** Sets how many frames may be under way: two and those of one round trip. */
  setWindow(windowFrames: number): void {
    this.#windowFrames = windowFrames;
    this.#flush();
  }

  /** A new socket: nothing is under way on it, and what waited for the old one is dropped. */
  reset(): void {
    this.clear();
    this.#underWay = [];
    this.#open = true;
  }

  /** Drops what waits, counted: the stream is turned off, and nothing of it is to be seen any more. */
  clear(): void {
    this.#drop(this.#waiting.splice(0));
  }

  /** Drops what waits, counted; what is offered from now on is dropped, too. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.clear();
  }

  #drop(frames: readonly F[]): void {
    this.#dropped += frames.length;
    for (const frame of frames) this.#options.onDropped?.(frame);
  }

  #canWrite(): boolean {
    const { socketOpen } = this.#options;
    if (!this.#open || this.#underWay.length >= this.#windowFrames) return false;
    return socketOpen === undefined || socketOpen();
  }

  #flush(): void {
    while (!this.#closed && this.#canWrite()) {
      const frame = this.#waiting.shift();
      if (frame === undefined) return;
      this.#written += 1;
      if (Number.isFinite(this.#windowFrames)) this.#underWay.push(frame.sequence);
      this.#open = this.#options.write(frame);
    }
  }
}

/**
 * Frames that may be under way: two, and as many whole ones as are made in one round trip. Each one
 * more makes a viewer on a slow link see pictures that are older by the time that one takes.
 */
export function windowFor(framesPerSecond: number, roundTripMs: number): number {
  return 2 + Math.floor((framesPerSecond * roundTripMs) / 1000);
}

/** Whether `sequence` comes after `reference`, modulo 2^32. */
export function isAfter(sequence: number, reference: number): boolean {
  const ahead = (sequence - reference + SEQUENCE_SPAN) % SEQUENCE_SPAN;
  return ahead !== 0 && ahead < SEQUENCE_SPAN / 2;
}
