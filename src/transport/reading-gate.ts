/**
 * Whether a connection is read at the moment: not while its owner pauses it, and not while it rests after
 * more small records than a peer may send, or more crumbs. Owns the rest's timer; what is not read TCP
 * holds back.
 */
import { Allowance } from './allowance.js';
import type { Clock } from './clock.js';
import type { ReadingProgress } from './reading-progress.js';
import type { RecordPace } from './record-pace.js';

/** How often in a second a stranger may be read for a piece that completes nothing. */
const CRUMBS_PER_SECOND = 1;

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
  /** Made with the first one. */
  #crumbs: Allowance | undefined;
  #cancelRest: (() => void) | undefined;
  #isExcused = false;
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

  /** It is not read for now, and what does not come meanwhile is no delay of the peer's. */
  get isExcused(): boolean {
    return this.#isResting && this.#isExcused;
  }

  get #isResting(): boolean {
    return this.#cancelRest !== undefined;
  }

  /** Until `resume`. */
  pause(): void {
    this.#isPaused = true;
    if (!this.#isClosed) this.#connection.pausable.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isClosed && !this.#isResting) this.#connection.pausable.resume();
  }

  /** So many small records came. True when the peer rests from now on. */
  spend(smallRecords: number): boolean {
    return this.#rest(this.#pace?.spend(smallRecords) ?? 0, true);
  }

  /** A piece came that completes nothing: what follows it is read together with what comes meanwhile. */
  spendCrumb(): void {
    this.#crumbs ??= new Allowance(CRUMBS_PER_SECOND, CRUMBS_PER_SECOND, this.#clock);
    this.#rest(this.#crumbs.spend(1), false);
  }

  /** The peer was sent something that it answers with a record. */
  excuse(): void {
    this.#pace?.excuse();
  }

  /** The connection ends: what still comes is read, to be thrown away. Idempotent. */
  close(): void {
    this.#isClosed = true;
    if (this.#isResting) this.#connection.pausable.resume();
    this.#cancelRest?.();
    this.#cancelRest = undefined;
  }
  #rest(ms: number, isExcused: boolean): boolean {
    if (ms === 0 || this.#isClosed || this.#isResting) return false;
    this.#isExcused = isExcused;
    this.#connection.pausable.pause();
    this.#cancelRest = this.#clock.after(ms, () => {
      this.#cancelRest = undefined;
      if (isExcused) this.#progress.beginAgain();
      if (!this.#isPaused) this.#connection.pausable.resume();
    });
    return true;
  }
}
