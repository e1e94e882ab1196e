/**
 * One participant in the mix: its jitter buffer, its rate, its level and whether it is muted here.
 * Owns these; knows neither the others nor the output.
 */
import type { Frame } from '../transport/frame.js';
import type { SoundFormat } from '../transport/stream-kind.js';
import type { JitterStats } from './jitter-buffer.js';
import { JitterBuffer } from './jitter-buffer.js';
import type { Level } from './level-meter.js';
import { LevelMeter } from './level-meter.js';
import { BLOCK_FRAMES, MIX_CHANNELS } from './output.js';
import { Resampler } from './resampler.js';

export class Voice {
  readonly format: SoundFormat;
  readonly #meter = new LevelMeter();
  readonly #block = new Float32Array(BLOCK_FRAMES * MIX_CHANNELS);
  readonly #buffer: JitterBuffer;
  readonly #resampler: Resampler;
  readonly #read: (frames: Float32Array) => void;
  /** 1 heard, 0 muted; moves within one block, so that nothing clicks. */
  #gain: number;
  #nowMs = 0;

  /** `format`: 8000 to 192000 Hz, one or two channels. */
  constructor(format: SoundFormat, muted: boolean) {
    this.format = format;
    this.#buffer = new JitterBuffer(format);
    this.#resampler = new Resampler(format.sampleRateHz);
    this.#gain = muted ? 0 : 1;
    this.#read = (frames) => {
      this.#buffer.read(frames, this.#nowMs);
    };
  }

  get stats(): JitterStats {
    return this.#buffer.stats;
  }

  /** Of what came in, muted here or not. */
  get level(): Level {
    return this.#meter.level;
  }

  push(frame: Frame, nowMs: number): void {
    this.#buffer.push(frame, nowMs);
  }

  /** Adds the next block to `mix`, asked for at `nowMs` (monotonic). */
  mixInto(mix: Float32Array, muted: boolean, nowMs: number): void {
    this.#nowMs = nowMs;
    const block = this.#block;
    this.#resampler.process(this.#read, block, this.#buffer.correction);
    this.#meter.observe(block);
    const wanted = muted ? 0 : 1;
    const step = (wanted - this.#gain) / BLOCK_FRAMES;
    for (let index = 0; index < mix.length; index += MIX_CHANNELS) {
      const gain = this.#gain + (step * index) / MIX_CHANNELS;
      mix[index] = (mix[index] ?? 0) + gain * (block[index] ?? 0);
      mix[index + 1] = (mix[index + 1] ?? 0) + gain * (block[index + 1] ?? 0);
    }
    this.#gain = wanted;
  }
}
