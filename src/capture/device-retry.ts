/**
 * How long a device that failed is left alone before it is tried again: longer each time, until it has
 * run for a while. Owns the number of attempts; opens nothing and has no timer.
 */

/** First and longest wait, in ms; the wait doubles between them. */
const RETRY_LEAST_MS = 500;
const RETRY_MOST_MS = 3000;
/** A device that has run for so long starts its waits anew. */
const STEADY_MS = 10_000;

export class DeviceRetry {
  /** [0, 1), as Math.random. */
  readonly #random: () => number;
  #attempts = 0;
  #liveSinceMs = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** It works since now, monotonic ms. */
  live(nowMs: number): void {
    this.#liveSinceMs = nowMs;
  }

  /** It failed now; how long to wait, in ms. */
  failed(nowMs: number): number {
    if (nowMs - this.#liveSinceMs > STEADY_MS) this.#attempts = 0;
    const boundMs = Math.min(RETRY_MOST_MS, RETRY_LEAST_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    return boundMs * (0.5 + this.#random() / 2);
  }
}
