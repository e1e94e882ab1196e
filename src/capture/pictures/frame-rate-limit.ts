/**
 * Lets at most so many pictures a second through. Owns the decision for a device that gives more than
 * it was asked for; holds no picture.
 */

/** How much too early a picture may come, in parts of the time between two: devices jitter. */
const EARLY_PART = 0.25;

export class FrameRateLimit {
  readonly #periodMs: number;
  #dueMs = -Infinity;

  constructor(fps: number) {
    this.#periodMs = 1000 / fps;
  }

  /** Whether the picture that came at `nowMs` (monotonic) goes out. */
  allows(nowMs: number): boolean {
    if (nowMs + this.#periodMs * EARLY_PART < this.#dueMs) return false;
    this.#dueMs = Math.max(this.#dueMs + this.#periodMs, nowMs);
    return true;
  }
}
