/**
 * Wall time that does not jump while a segment is written. Owns that; the next segment begins with what
 * the wall clock says then.
 */
import type { Clock } from '../../transport/clock.js';

export class SteadyTime {
  readonly #clock: Pick<Clock, 'now' | 'wallUs'>;
  #apartUs = 0;

  constructor(clock: Pick<Clock, 'now' | 'wallUs'>) {
    this.#clock = clock;
    this.renew();
  }

  /** From now on as the wall clock is now. */
  renew(): void {
    this.#apartUs = this.#clock.wallUs() - this.#clock.now() * 1000;
  }

  /** Microseconds since the Unix epoch, an integer. */
  nowUs(): number {
    return Math.round(this.#clock.now() * 1000 + this.#apartUs);
  }
}
