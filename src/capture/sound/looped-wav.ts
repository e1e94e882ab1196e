/**
 * The samples of a WAV file, from the first to the last and again from the first, without a gap.
 * Owns one block of the file in memory; never reads ahead of what is asked for but that block.
 */
import type { FileHandle } from 'node:fs/promises';
import { MeetError } from '../../transport/errors.js';
import { frameBytes } from './sound-format.js';
import type { ReadAt, WavSamples } from './wav-header.js';

/** A file that is shorter stays in memory whole. */
const BLOCK_BYTES = 64 * 1024;

export class LoopedWav {
  readonly #read: ReadAt;
  readonly #samples: WavSamples;
  #block: Buffer = Buffer.alloc(0);
  /** Where the next byte to give is: in the block, and of the block in the samples. */
  #at = 0;
  #blockFrom = 0;

  constructor(read: ReadAt, samples: WavSamples) {
    this.#read = read;
    this.#samples = samples;
  }

  /** The next 20 ms. Rejects with MEET_FILE_SOURCE when the file got shorter meanwhile. */
  async frame(): Promise<Buffer> {
    const frame = Buffer.allocUnsafeSlow(frameBytes(this.#samples.format));
    for (let filled = 0; filled < frame.length;) {
      if (this.#at === this.#block.length) await this.#nextBlock();
      const count = this.#block.copy(frame, filled, this.#at);
      filled += count;
      this.#at += count;
    }
    return frame;
  }

  async #nextBlock(): Promise<void> {
    const { offset, lengthBytes } = this.#samples;
    const whole = this.#block.length === lengthBytes;
    this.#at = 0;
    if (whole) return;
    const after = this.#blockFrom + this.#block.length;
    this.#blockFrom = after >= lengthBytes ? 0 : after;
    const wanted = Math.min(BLOCK_BYTES, lengthBytes - this.#blockFrom);
    this.#block = await this.#read(offset + this.#blockFrom, wanted);
    if (this.#block.length === wanted) return;
    throw new MeetError(
      'MEET_FILE_SOURCE',
      `the sound file ends at byte ${offset + this.#blockFrom + this.#block.length}, ${offset + lengthBytes} expected: it was shortened while it played; share it again`,
    );
  }
}

/** Reads of an open file. */
export function readerOf(file: FileHandle): ReadAt {
  return async (position, length) => {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  };
}
