/**
 * Puts one participant's capture times onto the daemon's clock. Owns the one offset that all its
 * streams share, so that the distances between its pictures and its sound stay as they were captured;
 * keeps no frame.
 */
import type { StreamKind } from '../../transport/stream-kind.js';

/** Publisher's clock minus ours, in microseconds; undefined while it is not known. */
export type OffsetEstimate = () => number | undefined;

/** A frame that seems older was captured by a clock that has been set since. */
const OLDEST_US = 60_000_000;
/** Nothing arrives before it was captured, but an estimate may be off by this. */
const EARLIEST_US = 2_000_000;
/** Two clocks drift apart by less in a segment of an hour (50 ppm): beyond it, one was set. */
const SET_US = 200_000;
/** Frames of one stream come in the order of their capture: so far back, the clock was set. */
const BACK_US = 1_000_000;

export class CaptureTimes {
  readonly #estimate: OffsetEstimate;
  readonly #newestUs = new Map<StreamKind, number>();
  #offsetUs: number | undefined;
  #earlierUs: number | undefined;
  #staleUs: number | undefined;

  constructor(estimate: OffsetEstimate = () => undefined) {
    this.#estimate = estimate;
  }

  /** A new segment begins: takes the estimate of now, where there is one. */
  renew(): void {
    this.#offsetUs = this.#known() ?? this.#offsetUs;
    this.#earlierUs = undefined;
    this.#newestUs.clear();
  }

  /** Our own clock was set: what was estimated by it says nothing until it is estimated anew. */
  forget(): void {
    this.#staleUs = this.#estimate();
    this.#offsetUs = undefined;
  }

  /** When a frame was captured, and when it came, to microseconds since the Unix epoch on our clock. */
  atUs(kind: StreamKind, capturedAtUs: number, receivedAtUs: number): number {
    const atUs = this.#placed(kind, capturedAtUs, receivedAtUs);
    this.#newestUs.set(kind, atUs);
    return atUs;
  }

  #placed(kind: StreamKind, capturedAtUs: number, receivedAtUs: number): number {
    const estimateUs = this.#known();
    if (this.#offsetUs === undefined) this.#offsetUs = estimateUs ?? capturedAtUs - receivedAtUs;
    // One that would take all back waits for the next segment: what came would be shown again.
    else if (estimateUs !== undefined && estimateUs < this.#offsetUs - SET_US) {
      this.#adopt(estimateUs);
    }
    const leastUs = (this.#newestUs.get(kind) ?? -Infinity) - BACK_US;
    for (const offsetUs of [this.#offsetUs, this.#earlierUs]) {
      if (offsetUs === undefined) continue;
      const atUs = capturedAtUs - offsetUs;
      if (atUs >= leastUs && isPlausible(atUs, receivedAtUs)) return atUs;
    }
    this.#adopt(capturedAtUs - receivedAtUs);
    return receivedAtUs;
  }

  #known(): number | undefined {
    const estimateUs = this.#estimate();
    return estimateUs === this.#staleUs ? undefined : estimateUs;
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
