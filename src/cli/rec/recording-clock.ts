/**
 * The time of a recording that is played: goes on with the clock, faster or slower, or stands still.
 * Owns that sum; waits for nothing.
 */
import type { Clock } from '../../transport/clock.js';

export class RecordingTime {
  readonly #clock: Clock;
  #atUs: number;
  #sinceMs: number;
  #speed: number;
  #isPaused = false;

  constructor(clock: Clock, atUs: number, speed: number) {
    this.#clock = clock;
    this.#atUs = atUs;
    this.#sinceMs = clock.now();
    this.#speed = speed;
  }

  /** Microseconds since the Unix epoch. */
  get atUs(): number {
    const elapsedMs = this.#isPaused ? 0 : this.#clock.now() - this.#sinceMs;
    return this.#atUs + elapsedMs * 1000 * this.#speed;
  }

  set atUs(atUs: number) {
    this.#atUs = atUs;
    this.#sinceMs = this.#clock.now();
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(speed: number) {
    this.#settle();
    this.#speed = speed;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  set isPaused(isPaused: boolean) {
    this.#settle();
    this.#isPaused = isPaused;
  }

  /** Milliseconds of the clock until then; Infinity while it stands still before it. */
  untilMs(atUs: number): number {
    const leftUs = atUs - this.atUs;
    if (leftUs <= 0) return 0;
    return this.#isPaused ? Infinity : leftUs / 1000 / this.#speed;
  }

  /** What has passed until now counts as it went. */
  #settle(): void {
    const { atUs } = this;
    this.atUs = atUs;
  }
}

/** Speeds in their order; at others than 1 there is no sound, which would be of another pitch. */
export const SPEEDS: readonly number[] = [0.25, 0.5, 1, 1.5, 2, 4, 8];

/** The next one up or down, within the bounds. */
export function speedAfter(speed: number, by: 1 | -1): number {
  const at = SPEEDS.findIndex((each) => each >= speed);
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + by))] ?? 1;
}
