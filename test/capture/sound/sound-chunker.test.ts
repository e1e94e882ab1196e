import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SoundChunker } from '../../../src/capture/sound/sound-chunker.js';
import { deviceFormat } from '../../../src/capture/sound/sound-format.js';
import type { Captured } from '../../../src/capture/source.js';
import { SteppedClock } from './stepped-clock.js';

const STEREO = deviceFormat(2);
const FRAME_BYTES = 3840;

describe('the chunker', () => {
  it('gives the same bytes in frames of 20 ms, wherever the program splits them', () => {
    const sound = Buffer.from(Uint8Array.from({ length: 5 * FRAME_BYTES }, (_, at) => at % 251));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9000 }), { maxLength: 40 }), (sizes) => {
        const given: Captured[] = [];
        const clock = new SteppedClock();
        const chunker = new SoundChunker(STEREO, clock, (captured) => given.push(captured));
        let at = 0;
        for (const size of [...sizes, sound.length]) {
          clock.jump(1);
          chunker.push(sound.subarray(at, at + size));
          at += size;
        }
        const payloads = given.map(({ payload }) => payload);
        expect(payloads.every(({ length }) => length === FRAME_BYTES)).toBe(true);
        expect(Buffer.concat(payloads).equals(sound)).toBe(true);
        expect(new Set(payloads.map(({ buffer }) => buffer)).size).toBe(5);
      }),
      { numRuns: 300 },
    );
  });

  it('tells how long a frame was on its way', () => {
    const given: Captured[] = [];
    const clock = new SteppedClock();
    const chunker = new SoundChunker(STEREO, clock, (captured) => given.push(captured));
    clock.jump(20);
    chunker.push(Buffer.alloc(FRAME_BYTES));
    expect(given).toMatchObject([
      { capturedAtUs: clock.wallUs() - 20_000, encodedAfterUs: 20_000 },
    ]);
  });
});
