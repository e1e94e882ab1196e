/**
 * By how much a stream is played faster or slower so that what is held stays at its target: two
 * clocks never run alike. Owns the controller's state; resamples nothing.
 *
 * A proportional and integral controller. What is held changes by `correction` seconds a second, so
 * the loop is of second order: with the gains below its natural frequency is 0.1 rad/s and its damping
 * 1, that is, no overshoot and a time constant of 10 s. The integral is the drift itself.
 */

/** Half a percent is 9 cents: below what is heard in speech. */
export const MOST_CORRECTION = 0.005;
/** Real clocks differ by less than 1000 ppm. */
const MOST_DRIFT = 0.002;
/** Correction for each millisecond of error; and for each, each second. */
const PROPORTIONAL_PER_MS = 2e-4;
const INTEGRAL_PER_MS_S = 1e-5;
/** A larger error is a jump, not drift: the integral doesn't learn from it. */
const LEARNED_ERROR_MS = 20;
/** Errors are smoothed over about a second: packets and blocks come in steps. */
const SMOOTHING_MS = 1000;
/** Time that one observation may stand for. */
const MOST_ELAPSED_MS = 200;

export class DriftControl {
  #errorMs: number | undefined;
  #drift = 0;
  #observedAtMs: number | undefined;
  /** For how long errors were observed since the start or a jump. */
  #settledMs = 0;

  /** From -0.005 to 0.005; 0.001 plays 0.1 % faster. */
  get correction(): number {
    const correction = (this.#errorMs ?? 0) * PROPORTIONAL_PER_MS + this.#drift;
    return clamp(correction, MOST_CORRECTION);
  }

  /** By how many milliseconds more than the target are held, smoothed; 0 when it isn't known yet. */
  get errorMs(): number {
    return this.#settledMs < SMOOTHING_MS ? 0 : (this.#errorMs ?? 0);
  }

  /** How much faster the sender's clock runs than the output's, parts per million. */
  get driftPpm(): number {
    return this.#drift * 1e6;
  }

  /** Takes by how many milliseconds more than the target are held. */
  observe(errorMs: number, nowMs: number): void {
    const elapsedMs = clamp(nowMs - (this.#observedAtMs ?? nowMs), MOST_ELAPSED_MS);
    this.#observedAtMs = nowMs;
    this.#settledMs += elapsedMs;
    const before = this.#errorMs ?? errorMs;
    const smoothed = before + (errorMs - before) * Math.min(1, elapsedMs / SMOOTHING_MS);
    this.#errorMs = smoothed;
    if (Math.abs(smoothed) > LEARNED_ERROR_MS) return;
    const learned = (smoothed * INTEGRAL_PER_MS_S * elapsedMs) / 1000;
    this.#drift = clamp(this.#drift + learned, MOST_DRIFT);
  }

  /** What is held has jumped: the error before tells nothing; the drift stays. */
  restart(): void {
    this.#errorMs = undefined;
    this.#observedAtMs = undefined;
    this.#settledMs = 0;
  }
}

function clamp(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}
