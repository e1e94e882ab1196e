/**
 * Cuts a program's PCM into frames of 20 ms. Owns the one frame that is being filled; holds no
 * queue: what is full is given on at once.
 */
import type { Clock } from '../../transport/clock.js';
import type { SoundFormat } from '../../transport/stream-kind.js';
import type { Captured } from '../source.js';
import { frameBytes, frameSamples, sampleBytes } from './sound-format.js';
import { SampleClock } from './sample-clock.js';

export class SoundChunker {
  readonly #format: SoundFormat;
  readonly #clock: Clock;
  readonly #sampleClock: SampleClock;
  readonly #onFrame: (captured: Captured) => void;
  #frame: Buffer;
  #filledBytes = 0;
  #receivedBytes = 0;
  #framesGiven = 0;

  /** `onFrame` is called synchronously from `push`; each payload is a buffer of its own. */
  constructor(format: SoundFormat, clock: Clock, onFrame: (captured: Captured) => void) {
    this.#format = format;
    this.#clock = clock;
    this.#sampleClock = new SampleClock(clock, format.sampleRateHz);
    this.#onFrame = onFrame;
    this.#frame = Buffer.allocUnsafeSlow(frameBytes(format));
  }

  /** Takes bytes of any count, split anywhere, which came just now. */
  push(bytes: Buffer): void {
    const align = sampleBytes(this.#format);
    const before = Math.floor(this.#receivedBytes / align);
    this.#receivedBytes += bytes.length;
    this.#sampleClock.arrived(Math.floor(this.#receivedBytes / align) - before);
    let at = 0;
    while (at < bytes.length) {
      const count = bytes.copy(this.#frame, this.#filledBytes, at);
      at += count;
      this.#filledBytes += count;
      if (this.#filledBytes === this.#frame.length) this.#giveFrame();
    }
  }

  #giveFrame(): void {
    const payload = this.#frame;
    this.#frame = Buffer.allocUnsafeSlow(payload.length);
    this.#filledBytes = 0;
    const first = this.#framesGiven * frameSamples(this.#format);
    this.#framesGiven += 1;
    const capturedAtUs = this.#sampleClock.capturedAtUs(first);
    const encodedAfterUs = Math.max(0, this.#clock.wallUs() - capturedAtUs);
    this.#onFrame({ payload, capturedAtUs, encodedAfterUs });
  }
}
