/**
 * When the next picture on demand is due. Owns the schedule: at most so many a second, without drift,
 * and none while the sharer is not ready; takes no picture.
 */
import type { Clock } from '../../transport/clock.js';

/** How often a sharer that is not ready is asked again. Short beside the time between two frames. */
const ASK_AGAIN_MS = 10;

export class Pacer {
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #ready: () => boolean;
  #dueMs: number;

  /** The first turn is one period after now. */
  constructor(clock: Clock, fps: number, ready: () => boolean) {
    this.#clock = clock;
    this.#periodMs = 1000 / fps;
    this.#ready = ready;
    this.#dueMs = clock.now() + this.#periodMs;
  }

  /**
   * Resolves when a picture is due and would go out. Turns lie on a grid from the start, so that
   * timers that are late don't add up; turns that were missed are not made up for. Rejects with the
   * signal's reason.
   */
  async turn(signal: AbortSignal): Promise<void> {
    const earlyMs = this.#dueMs - this.#clock.now();
    await this.#clock.sleep(Math.max(0, earlyMs), signal);
    let waited = false;
    while (!this.#ready()) {
      waited = true;
      await this.#clock.sleep(ASK_AGAIN_MS, signal);
    }
    const nowMs = this.#clock.now();
    const isLate = waited || nowMs - this.#dueMs >= this.#periodMs;
    this.#dueMs = (isLate ? nowMs : this.#dueMs) + this.#periodMs;
  }
}
