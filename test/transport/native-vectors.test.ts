import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NATIVE_VECTORS, readChunks } from './native-vectors.js';

/** The bytes cut at these places; each place from 1 to length - 1, in any order. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places), bytes.length].sort((one, other) => one - other);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe('the vectors of the native framing', () => {
  it('are all there, and some are refused', () => {
    expect(NATIVE_VECTORS.length).toBeGreaterThan(30);
    const refused = NATIVE_VECTORS.filter(({ expected }) => expected.at(-1)?.startsWith('error'));
    expect(refused.length).toBeGreaterThan(15);
  });

  describe.each(NATIVE_VECTORS)('$name', ({ kind, bytes, expected }) => {
    it('is read as it is expected, in one piece', () => {
      expect(readChunks(kind, [bytes])).toEqual(expected);
    });

    it('is read the same when it comes byte by byte', () => {
      const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      expect(readChunks(kind, single)).toEqual(expected);
    });

    it('is read the same when it is split in two at any byte', () => {
      for (let at = 1; at < bytes.length; at += 1) {
        expect([at, readChunks(kind, cut(bytes, [at]))]).toEqual([at, expected]);
      }
    });

    it('is read the same when it is split in many places', () => {
      const place = fc.integer({ min: 1, max: bytes.length - 1 });
      fc.assert(
        fc.property(fc.array(place, { maxLength: 12 }), (places) => {
          expect(readChunks(kind, cut(bytes, places))).toEqual(expected);
        }),
        { numRuns: 60 },
      );
    });

    it('gives nothing early: what is missing its last byte does not count', () => {
      const seen = readChunks(kind, [bytes.subarray(0, -1)]);
      expect(seen).toEqual(expected.slice(0, seen.length));
      // What is refused on a header is refused before its payload has come.
      if (!expected.at(-1)?.startsWith('error')) expect(seen.length).toBe(expected.length - 1);
    });
  });
});
