/**
 * Pictures that carry a number, 0 to 63, as six light or dark bars, and the eye that reads it from a
 * terminal's cells. Owns both.
 */
import sharp from 'sharp';
import type { LookedAtCell } from '../pictures/cell-pixels.js';

const BITS = 6;
const SIZE = { width: 960, height: 608 };

export function numberedJpeg(number: number): Promise<Buffer> {
  const { width, height } = SIZE;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const bit = (number >> Math.floor((x * BITS) / width)) & 1;
      // Texture moves with the number, so that every cell differs from picture to picture.
      const texture = ((x * 5 + y * 3 + number * 37) >> 3) % 64;
      rgb.fill((bit === 1 ? 180 : 10) + texture, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}

/** The number that a whole picture of `columns` cells shows. */
export function readNumber(cells: readonly LookedAtCell[], columns: number): number {
  const sums = new Float64Array(BITS);
  for (const [n, { background }] of cells.entries()) {
    const bar = Math.floor(((n % columns) * BITS) / columns);
    sums[bar] = (sums[bar] ?? 0) + background[0] / (cells.length / BITS);
  }
  return sums.reduce((number, mean, bit) => number | (mean > 127 ? 1 << bit : 0), 0);
}
