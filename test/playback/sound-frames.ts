/**
 * Frames of made sound for tests of what is heard. Owns their samples, numbers and times; sends
 * nothing.
 */
import type { Frame } from '../../src/transport/frame.js';
import { makeFrame } from '../../src/transport/frame.js';
import type { SoundFormat } from '../../src/transport/stream-kind.js';

export interface ToneOptions {
  readonly frequencyHz: number;
  /** 0 to 1, default 0.25. */
  readonly amplitude?: number;
  /** Default 48000. */
  readonly sampleRateHz?: number;
  /** Default 1. */
  readonly channels?: number;
  /** Default 20. */
  readonly packetMs?: number;
  /** Microseconds since the epoch of the first sample; default 1.8e15. */
  readonly startUs?: number;
}

/** A sine as an endless row of packets: any of them by its number. */
export class ToneFrames {
  readonly format: SoundFormat;
  readonly packetMs: number;
  readonly #options: ToneOptions;
  readonly #frames: number;

  constructor(options: ToneOptions) {
    const { sampleRateHz = 48_000, channels = 1, packetMs = 20 } = options;
    this.#options = options;
    this.format = { codec: 'pcm-s16le', sampleRateHz, channels };
    this.packetMs = packetMs;
    this.#frames = Math.round((sampleRateHz * packetMs) / 1000);
  }

  /** The packet of a sequence number, from 0. */
  frame(sequence: number): Frame {
    const { frequencyHz, amplitude = 0.25, startUs = 1.8e15 } = this.#options;
    const { sampleRateHz, channels } = this.format;
    const payload = Buffer.alloc(this.#frames * channels * 2);
    for (let frame = 0; frame < this.#frames; frame += 1) {
      const second = (sequence * this.#frames + frame) / sampleRateHz;
      const value = Math.round(amplitude * 32_767 * Math.sin(2 * Math.PI * frequencyHz * second));
      for (let side = 0; side < channels; side += 1) {
        payload.writeInt16LE(value, (frame * channels + side) * 2);
      }
    }
    const capturedAtUs = startUs + sequence * this.packetMs * 1000;
    return makeFrame({ kind: 'audio', sequence, capturedAtUs, payload });
  }
}
