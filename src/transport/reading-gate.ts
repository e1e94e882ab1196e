/**
 * Whether a connection is read at the moment: not while its owner pauses it, and not while it rests after
 * more small records than a peer may send. Owns the rest's timer; what is not read TCP holds back.
 */
import type { Clock } from './clock.js';
import type { RecordPace } from './record-pace.js';

/** The two methods of a socket that are used. */
export interface Pausable {
  pause(): unknown;
  resume(): unknown;
}

export interface ReadingGateOptions {
  readonly clock: Clock;
  /** Whom it shuts; asked each time, since TLS puts another one in its place. */
  readonly socket: () => Pausable;
  /** Undefined: the peer may send as many small records as it likes. */
  readonly pace: RecordPace | undefined;
  /** A rest is over; called before reading goes on. */
  readonly onRested: () => void;
}

export class ReadingGate {
  readonly #options: ReadingGateOptions;
  #cancelRest: (() => void) | undefined;
  #isPaused = false;
  #isClosed = false;

  constructor(options: ReadingGateOptions) {
    this.#options = options;
  }

  get isResting(): boolean {
    return this.#cancelRest !== undefined;
  }

  /** Until `resume`. */
  pause(): void {
    this.#isPaused = true;
    if (!this.#isClosed) this.#options.socket().pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isClosed && !this.isResting) this.#options.socket().resume();
  }

  /** So many small records came. True when the peer rests from now on. */
  spend(smallRecords: number): boolean {
    const { pace, socket, clock, onRested } = this.#options;
    const restMs = pace?.spend(smallRecords) ?? 0;
    if (restMs === 0 || this.#isClosed || this.isResting) return false;
    socket().pause();
    this.#cancelRest = clock.after(restMs, () => {
      this.#cancelRest = undefined;
      onRested();
      if (!this.#isPaused) socket().resume();
    });
    return true;
  }

  /** The peer was sent something that it answers with a record. */
  excuse(): void {
    this.#options.pace?.excuse();
  }

  /** The connection ends: what still comes is read, to be thrown away. Idempotent. */
  close(): void {
    this.#isClosed = true;
    if (this.isResting) this.#options.socket().resume();
    this.#cancelRest?.();
    this.#cancelRest = undefined;
  }
}
