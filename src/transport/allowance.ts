/**
 * An allowance that fills up at a steady rate, to a most. Owns the count; delays nothing itself.
 */
import type { Clock } from './clock.js';

const SECOND_MS = 1000;

export class Allowance {
  readonly #most: number;
  readonly #perSecond: number;
  readonly #clock: Clock;
  #left: number;
  #atMs: number;

  /** Full at first. */
  constructor(most: number, perSecond: number, clock: Clock) {
    this.#most = most;
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#left = most;
    this.#atMs = clock.now();
  }

  /** Takes so much in any case. Milliseconds until it is no longer overdrawn; 0: it is not. */
  spend(count: number): number {
    this.#refill();
    this.#left -= count;
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left * SECOND_MS) / this.#perSecond);
  }

  /** False: there is not so much, and nothing is taken. */
  spendWhole(count: number): boolean {
    this.#refill();
    if (this.#left < count) return false;
    this.#left -= count;
    return true;
  }

  /** So much of what was taken was not needed after all. */
  refund(count: number): void {
    this.#refill();
    this.#left = Math.min(this.#most, this.#left + count);
  }

  #refill(): void {
    const nowMs = this.#clock.now();
    const filled = this.#left + ((nowMs - this.#atMs) * this.#perSecond) / SECOND_MS;
    this.#left = Math.min(this.#most, filled);
    this.#atMs = nowMs;
  }
}
