/**
 * Wall time for what cannot be taken back: a clock that jumps ahead is believed only when that has
 * lasted, one that goes back at once. Owns that rule; deletes nothing.
 */
import type { Clock } from '../../transport/clock.js';

/** A jump ahead by less is followed at once. */
const SMALL_US = 60_000_000;
/** A larger one after so long. */
const BELIEVED_AFTER_MS = 3_600_000;

export class BelievedTime {
  readonly #clock: Pick<Clock, 'now' | 'wallUs'>;
  /** Wall minus monotonic, as it is believed. */
  #apartUs: number | undefined;
  #aheadSinceMs: number | undefined;

  constructor(clock: Pick<Clock, 'now' | 'wallUs'>) {
    this.#clock = clock;
  }

  /** Milliseconds since the Unix epoch. Ask now and then: a jump is seen from the next call on. */
  nowMs(): number {
    const monotonicMs = this.#clock.now();
    const apartUs = this.#clock.wallUs() - monotonicMs * 1000;
    const isAhead = this.#apartUs !== undefined && apartUs > this.#apartUs + SMALL_US;
    this.#aheadSinceMs = isAhead ? (this.#aheadSinceMs ?? monotonicMs) : undefined;
    const hasLasted = monotonicMs - (this.#aheadSinceMs ?? 0) >= BELIEVED_AFTER_MS;
    if (!isAhead || hasLasted) this.#apartUs = apartUs;
    return (this.#apartUs ?? apartUs) / 1000 + monotonicMs;
  }
}
