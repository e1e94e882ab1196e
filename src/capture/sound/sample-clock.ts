/**
 * When a sample was captured, told by counting samples. Owns the anchor between the device's clock
 * and the wall clock; never delays, drops or invents sound.
 *
 * Sound arrives in lumps, so the time of arrival says little about a single chunk. The first arrival
 * anchors sample 0 on the wall clock; from there each time is a count of samples, which is smooth.
 *
 *   lag = now - (anchor + samples arrived so far)
 *
 * The least lag counts, so that a busy moment of ours is none:
 *
 *   below 0            sound can't arrive before it is captured: the anchor was late
 *   above 0 for 1 s    the device runs slow, or lost sound
 *   up to 30 ms        the anchor is moved little by little, 5 ms in each second
 *   more               it is moved at once: a gap shows in the times
 *
 * So sound stays within 40 ms of pictures, whose times are those of the wall clock.
 */
import type { Clock } from '../../transport/clock.js';

/** An anchor that is off by more is moved at once. */
const JUMP_US = 30_000;
/** Less than this is what times of arrival differ by. */
const STILL_US = 2000;
/** How much of the time that passes an anchor is moved: of real devices' drift many times. */
const SLEW = 0.005;
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
  /** How far the anchor is still to be moved, little by little. */
  #restUs = 0;
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
    if (lagUs < -JUMP_US) this.#jump(lagUs);
    else if (lagUs < -STILL_US) this.#restUs = Math.min(this.#restUs, lagUs);
    if (this.#clock.now() - this.#windowFromMs >= LAG_WINDOW_MS) this.#closeWindow();
    this.#slew(count);
  }

  #closeWindow(): void {
    if (this.#leastLagUs > JUMP_US) this.#jump(this.#leastLagUs);
    else this.#restUs = Math.abs(this.#leastLagUs) > STILL_US ? this.#leastLagUs : 0;
    this.#openWindow();
  }

  #jump(byUs: number): void {
    this.#anchorUs = (this.#anchorUs ?? 0) + byUs;
    this.#restUs = 0;
    this.#openWindow();
  }

  #slew(count: number): void {
    const mostUs = this.#durationUs(count) * SLEW;
    const byUs = Math.max(-mostUs, Math.min(mostUs, this.#restUs));
    if (byUs === 0) return;
    this.#anchorUs = (this.#anchorUs ?? 0) + byUs;
    this.#restUs -= byUs;
    this.#leastLagUs -= byUs;
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
