/**
 * Whether a connection is read at the moment: not while its owner pauses it, and not while it rests after
 * more small records than a peer may send. Owns the rest's timer; what is not read TCP holds back.
 */
import type { Clock } from './clock.js';
import type { ReadingProgress } from './reading-progress.js';
import type { RecordPace } from './record-pace.js';

/** The two methods of a socket that are used. */
export interface Pausable {
  pause(): unknown;
  resume(): unknown;
}

/** The connection whose reading is stopped. */
export interface GatedConnection {
  /** What is paused; asked each time, since TLS puts another socket in its place. */
  readonly pausable: Pausable;
}

export class ReadingGate {
  readonly #connection: GatedConnection;
  readonly #clock: Clock;
  readonly #progress: ReadingProgress;
  readonly #pace: RecordPace | undefined;
  #cancelRest: (() => void) | undefined;
  #isPaused = false;
  #isClosed = false;

  /**
   * `progress`: begins anew after a rest, before reading goes on. `pace`: undefined where the peer may
   * send as many small records as it likes.
   */
  constructor(
    connection: GatedConnection,
    clock: Clock,
    progress: ReadingProgress,
    pace: RecordPace | undefined,
  ) {
    this.#connection = connection;
    this.#clock = clock;
    this.#progress = progress;
    this.#pace = pace;
  }

  get isResting(): boolean {
    return this.#cancelRest !== undefined;
  }

  /** Until `resume`. */
  pause(): void {
    this.#isPaused = true;
    if (!this.#isClosed) this.#connection.pausable.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isClosed && !this.isResting) this.#connection.pausable.resume();
  }

  /** So many small records came. True when the peer rests from now on. */
  spend(smallRecords: number): boolean {
    const restMs = this.#pace?.spend(smallRecords) ?? 0;
    if (restMs === 0 || this.#isClosed || this.isResting) return false;
    this.#connection.pausable.pause();
    this.#cancelRest = this.#clock.after(restMs, () => {
      this.#cancelRest = undefined;
      this.#progress.beginAgain();
      if (!this.#isPaused) this.#connection.pausable.resume();
    });
    return true;
  }

  /** The peer was sent something that it answers with a record. */
  excuse(): void {
    this.#pace?.excuse();
  }

  /** The connection ends: what still comes is read, to be thrown away. Idempotent. */
  close(): void {
    this.#isClosed = true;
    if (this.isResting) this.#connection.pausable.resume();
    this.#cancelRest?.();
    this.#cancelRest = undefined;
  }
}
