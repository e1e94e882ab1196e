/**
 * How many small records a peer may send: each costs about as much work as a large one and almost
 * nothing to send. Owns the allowance, which fills up evenly; reads and delays nothing itself.
 */
import type { Clock } from './clock.js';
import { MeetError } from './errors.js';
import type { Limits } from './limits.js';

const SECOND_MS = 1000;

export class RecordPace {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #left: number;
  #atMs: number;
  #excused = 0;

  /** A second's worth may come at once. */
  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#left = perSecond;
    this.#atMs = clock.now();
  }

  /** So many came. Milliseconds for which nothing more of the peer is to be read; 0: go on. */
  spend(records: number): number {
    const excused = Math.min(this.#excused, records);
    this.#excused -= excused;
    if (records === excused) return 0;
    const nowMs = this.#clock.now();
    const filled = this.#left + ((nowMs - this.#atMs) * this.#perSecond) / SECOND_MS;
    this.#left = Math.min(this.#perSecond, filled) - (records - excused);
    this.#atMs = nowMs;
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left * SECOND_MS) / this.#perSecond);
  }

  /** The peer was sent something that it may answer: one more record of it costs nothing. */
  excuse(): void {
    // An answer that never comes is no credit for ever.
    this.#excused = Math.min(this.#perSecond, this.#excused + 1);
  }
}

/** What is told of a peer that has used up its allowance; it stays. */
export function flooded(limits: Limits): MeetError {
  return new MeetError(
    'MEET_FLOOD',
    `a peer sends more than ${limits['small-records-per-second']} small records a second and is read more slowly (--limit small-records-per-second=N)`,
  );
}
