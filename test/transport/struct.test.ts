import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { struct } from '../../src/transport/struct.js';

describe('struct', () => {
  it.each([
    // Each as python3 prints it: struct.pack(format, *values).hex()
    ['>B', [255], 'ff'],
    ['>H', [258], '0102'],
    ['<H', [258], '0201'],
    ['>I', [0x01020304], '01020304'],
    ['<I', [0x01020304], '04030201'],
    ['>Q', [2 ** 53 - 1], '001fffffffffffff'],
    ['<Q', [2 ** 53 - 1], 'ffffffffffff1f00'],
    ['>4sBBH', [Buffer.from('MEET'), 1, 3, 0], '4d45455401030000'],
    ['<BHI', [1, 2, 3], '01020003000000'],
    ['>BQB', [1, 2, 3], '01000000000000000203'],
    ['>BBHBH', [1, 2, 3, 4, 5], '01020003040005'],
  ] as const)('packs %s as Python does, and back', (format, values, hex) => {
    const layout = struct(format);
    expect(layout.pack(values).toString('hex')).toBe(hex);
    expect(layout.unpack(Buffer.from(hex, 'hex'))).toEqual(values);
    expect(layout.sizeBytes).toBe(hex.length / 2);
  });

  it('packs without padding and knows where each field is', () => {
    expect(struct('>BBHIIIQII').offsets).toEqual([0, 1, 2, 4, 8, 12, 16, 24, 28]);
    expect(struct('>BQ').offsets).toEqual([0, 1]);
  });

  it('gives back whatever was packed, in both orders and at any place', () => {
    const values = fc.tuple(
      fc.integer({ min: 0, max: 0xff }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.maxSafeNat(),
      fc.uint8Array({ minLength: 5, maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(values, fc.nat(40), fc.constantFrom('>', '<'), (packed, at, order) => {
        const layout = struct(`${order}BHIQ5s`);
        const target = Buffer.alloc(at + layout.sizeBytes + 7, 0xee);
        layout.packInto(target, at, packed);
        expect(layout.unpack(target, at)).toEqual(packed);
        expect(target.subarray(0, at)).toEqual(Buffer.alloc(at, 0xee));
        expect(target.subarray(at + layout.sizeBytes)).toEqual(Buffer.alloc(7, 0xee));
      }),
    );
  });

  it.each(['0020000000000000', 'ffffffffffffffff', '8000000000000000'])(
    'refuses a u64 of %s, which a number cannot hold',
    (hex) => {
      const bytes = Buffer.from(hex, 'hex');
      expect(() => struct('>Q').unpack(bytes)).toThrow(
        expect.objectContaining({ code: 'MEET_FRAME_MALFORMED' }),
      );
      expect(() => struct('<Q').unpack(Buffer.from(bytes).reverse())).toThrow(/u64 field/);
    },
  );

  it.each(['BH', '>', '>X', '>4', '>B H', '>?', '=B', ''])(
    'does not know the format "%s"',
    (bad) => {
      expect(() => struct(bad)).toThrow(/not supported/);
    },
  );

  it('refuses too few and too many values', () => {
    expect(() => struct('>BH').pack([1])).toThrow(/takes 2 values, got 1/);
    expect(() => struct('>BH').pack([1, 2, 3])).toThrow(/takes 2 values, got 3/);
  });

  it('refuses a value that the field cannot hold', () => {
    expect(() => struct('>B').pack([256])).toThrow(RangeError);
    expect(() => struct('>I').pack([-1])).toThrow(RangeError);
    expect(() => struct('<Q').pack([-1])).toThrow(RangeError);
  });
});
