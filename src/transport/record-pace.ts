/**
 * How many small records peers may send: each costs about as much work as a large one and almost
 * nothing to send. Owns the allowances, which fill up evenly; reads and delays nothing itself.
 *
 *   a peer's record ──answer to ours──> free
 *        ├── within a few a second ──> free, whatever others do
 *        └── more ──> from its own allowance and from the one that all peers share
 */
import { Allowance } from './allowance.js';
import type { Clock } from './clock.js';
import { MeetError } from './errors.js';
import type { Limits } from './limits.js';

/** Of a peer's allowance, what it has for itself: 50 a second, more than an unchanged screen sends. */
const OWN_PART = 20;
/** All peers together have that of so many. */
const SHARED_BY = 5;

/** What all peers of a daemon may send together beyond what each has for itself. */
export class SharedPace {
  readonly #allowance: Allowance;

  constructor(perSecond: number, clock: Clock) {
    this.#allowance = new Allowance(perSecond * SHARED_BY, perSecond * SHARED_BY, clock);
  }

  /**
   * Milliseconds until it is this peer's turn; 0: at once. Those who come later wait longer, so that
   * what many send is read a little at a time.
   */
  spend(records: number): number {
    return this.#allowance.spend(records);
  }
}

export class RecordPace {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #shared: SharedPace | undefined;
  /** Made with the first record that costs something: of who only answers there is none. */
  #own: Allowance | undefined;
  #all: Allowance | undefined;
  #excused = 0;

  /** A second's worth may come at once. `shared`: left out where there are no others. */
  constructor(perSecond: number, clock: Clock, shared?: SharedPace) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#shared = shared;
  }

  /** So many came. Milliseconds for which nothing more of the peer is to be read; 0: go on. */
  spend(records: number): number {
    const excused = Math.min(this.#excused, records);
    this.#excused -= excused;
    if (records === excused) return 0;
    this.#all ??= new Allowance(this.#perSecond, this.#perSecond, this.#clock);
    const restMs = this.#all.spend(records - excused);
    if (this.#shared === undefined || this.#spendOwn(records - excused)) return restMs;
    return Math.max(restMs, this.#shared.spend(records - excused));
  }

  /** The peer was sent something that it may answer: one more record of it costs nothing. */
  excuse(): void {
    // An answer that never comes is no credit for ever.
    this.#excused = Math.min(this.#perSecond, this.#excused + 1);
  }

  #spendOwn(records: number): boolean {
    const own = Math.ceil(this.#perSecond / OWN_PART);
    this.#own ??= new Allowance(own, own, this.#clock);
    return this.#own.spendWhole(records);
  }
}

/** What is told of a peer that has used up its allowance; it stays. */
export function flooded(limits: Limits): MeetError {
  return new MeetError(
    'MEET_FLOOD',
    `a peer sends more than ${limits['small-records-per-second']} small records a second, or many do together, and is read more slowly (--limit small-records-per-second=N)`,
  );
}
