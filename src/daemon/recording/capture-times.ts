/**
 * Puts one participant's capture times onto the daemon's clock. Owns the one offset that all its
 * streams share, so that the distances between its pictures and its sound stay as they were captured;
 * keeps no frame.
 */

/** Publisher's clock minus ours, in microseconds; undefined while it is not known. */
export type OffsetEstimate = () => number | undefined;

/** A frame that seems older was captured by a clock that has been set since. */
const OLDEST_US = 60_000_000;
/** Nothing arrives before it was captured, but an estimate may be off by this. */
const EARLIEST_US = 2_000_000;
/** Two clocks drift apart by less in a segment of an hour (50 ppm): beyond it, one was set. */
const SET_US = 200_000;

export class CaptureTimes {
  readonly #estimate: OffsetEstimate;
  #offsetUs: number | undefined;
  #earlierUs: number | undefined;

  constructor(estimate: OffsetEstimate = () => undefined) {
    this.#estimate = estimate;
  }

  /** A new segment begins: takes the estimate of now, where there is one. */
  renew(): void {
    this.#offsetUs = this.#estimate() ?? this.#offsetUs;
    this.#earlierUs = undefined;
  }

  /** When a frame was captured, and when it came, to microseconds since the Unix epoch on our clock. */
  atUs(capturedAtUs: number, receivedAtUs: number): number {
    const estimateUs = this.#estimate();
    if (this.#offsetUs === undefined) this.#offsetUs = estimateUs ?? capturedAtUs - receivedAtUs;
    else if (estimateUs !== undefined && Math.abs(estimateUs - this.#offsetUs) > SET_US) {
      this.#adopt(estimateUs);
    }
    for (const offsetUs of [this.#offsetUs, this.#earlierUs]) {
      if (offsetUs !== undefined && isPlausible(capturedAtUs - offsetUs, receivedAtUs)) {
        return capturedAtUs - offsetUs;
      }
    }
    this.#adopt(capturedAtUs - receivedAtUs);
    return receivedAtUs;
  }

  #adopt(offsetUs: number): void {
    this.#earlierUs = this.#offsetUs;
    this.#offsetUs = offsetUs;
  }
}

function isPlausible(atUs: number, receivedAtUs: number): boolean {
  const ageUs = receivedAtUs - atUs;
  return ageUs >= -EARLIEST_US && ageUs <= OLDEST_US;
}
