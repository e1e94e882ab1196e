import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { jpegSize } from '../../../src/tui/pictures/jpeg-size.js';

function picture(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: '#204060' } });
}

describe('the size of a JPEG', () => {
  it('is that of the frame header, also of a progressive one with tables and profiles before it', async () => {
    const plain = await picture(641, 359).jpeg().toBuffer();
    expect(jpegSize(plain)).toEqual({ width: 641, height: 359 });
    const progressive = await picture(17, 4000)
      .withIccProfile('srgb')
      .withExif({ IFD0: { Copyright: 'nobody' } })
      .jpeg({ progressive: true })
      .toBuffer();
    expect(jpegSize(progressive)).toEqual({ width: 17, height: 4000 });
  });

  it('is left to the decoder where the header is odd or cut off anywhere', async () => {
    const jpeg = await picture(64, 48).jpeg().toBuffer();
    for (let length = 0; length < jpeg.length; length += 1) {
      const size = jpegSize(jpeg.subarray(0, length));
      if (size !== undefined) expect(size).toEqual({ width: 64, height: 48 });
    }
    expect(jpegSize(Buffer.alloc(1000, 0xff))).toBeUndefined();
    expect(jpegSize(Buffer.alloc(1000))).toBeUndefined();
  });
});
