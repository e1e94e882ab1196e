/**
 * When a sample was captured, told by counting samples. Owns the anchor between the device's clock
 * and the wall clock; never delays, drops or invents sound.
 *
 * Sound arrives in lumps, so the time of arrival says little about a single chunk. The first arrival
 * anchors sample 0 on the wall clock; from there each time is a count of samples, which is smooth.
 *
 *   lag = now - (anchor + samples arrived so far)
 *
 * lag below -100 ms: sound can't arrive before it is captured, so the anchor was late: moved at once.
 * lag above 100 ms for a whole second (its least value counts, so that a busy moment of ours is none):
 * the device runs slow or lost sound: the anchor moves forward, and the gap shows in the times.
 */
import type { Clock } from '../../transport/clock.js';

/** Drift between the device's clock and ours that is let be. */
const DRIFT_LIMIT_US = 100_000;
/** How long a lag must last before it is believed. */
const LAG_WINDOW_MS = 1000;
/** A step back that is larger is the wall clock being set, and is followed. */
const CLOCK_STEP_US = 1_000_000;

export class SampleClock {
  readonly #clock: Clock;
  readonly #sampleRateHz: number;
  #anchorUs: number | undefined;
  #arrived = 0;
  #leastLagUs = Infinity;
  #windowFromMs = 0;
  #lastUs = -Infinity;

  constructor(clock: Clock, sampleRateHz: number) {
    this.#clock = clock;
    this.#sampleRateHz = sampleRateHz;
  }

  /** `count` more samples of each channel came just now. */
  arrived(count: number): void {
    this.#arrived += count;
    const nowUs = this.#clock.wallUs();
    if (this.#anchorUs === undefined) {
      this.#anchorUs = nowUs - this.#durationUs(this.#arrived);
      this.#openWindow();
      return;
    }
    const lagUs = nowUs - this.#anchorUs - this.#durationUs(this.#arrived);
    this.#leastLagUs = Math.min(this.#leastLagUs, lagUs);
    const windowOver = this.#clock.now() - this.#windowFromMs >= LAG_WINDOW_MS;
    if (lagUs < -DRIFT_LIMIT_US) {
      this.#anchorUs += lagUs;
      this.#openWindow();
    } else if (windowOver) {
      if (this.#leastLagUs > DRIFT_LIMIT_US) this.#anchorUs += this.#leastLagUs;
      this.#openWindow();
    }
  }

  /**
   * Microseconds since the Unix epoch of sample `index`, counted from 0. Ask in order: no answer is
   * before the last one, but after the wall clock was set back by more than a second.
   */
  capturedAtUs(index: number): number {
    const anchorUs = this.#anchorUs ?? this.#clock.wallUs();
    const atUs = Math.round(anchorUs + this.#durationUs(index));
    const backUs = this.#lastUs - atUs;
    this.#lastUs = backUs >= 0 && backUs < CLOCK_STEP_US ? this.#lastUs + 1 : atUs;
    return this.#lastUs;
  }

  #durationUs(samples: number): number {
    return (samples / this.#sampleRateHz) * 1e6;
  }

  #openWindow(): void {
    this.#leastLagUs = Infinity;
    this.#windowFromMs = this.#clock.now();
  }
}
