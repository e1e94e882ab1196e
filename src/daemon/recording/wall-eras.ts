/**
 * Notices that the wall clock was set, by the monotonic one beside it. Owns the numbers of the eras
 * between; tells no time.
 */
import type { Clock } from '../../transport/clock.js';

/**
 * Both clocks are slewed alike, and apart only where the wall clock was set, or the machine slept. Less
 * is a moment between the two readings.
 */
const SET_US = 500_000;

export class WallEras {
  readonly #clock: Pick<Clock, 'now'>;
  #era = 0;
  #apartUs: number | undefined;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** The era of this moment, which is `wallUs` by the wall clock; from 0 on, times within one grow. */
  of(wallUs: number): number {
    const apartUs = wallUs - this.#clock.now() * 1000;
    const wasUs = this.#apartUs ?? apartUs;
    if (Math.abs(apartUs - wasUs) > SET_US) this.#era += 1;
    this.#apartUs = apartUs;
    return this.#era;
  }
}
