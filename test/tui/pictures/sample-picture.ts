/**
 * Pictures to encode and the measure of how near a decoded one is. Owns both; knows no encoder.
 */
import sharp from 'sharp';
import type { Bitmap, PixelSize } from '../../../src/tui/pictures/picture-encoder.js';

/** Seed 1 and 2 are different pictures of the same kind: soft colours, edges, a little texture. */
export function samplePicture({ width, height }: PixelSize, seed = 1): Bitmap {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = seed === 1 ? [x / width, y / height] : [1 - y / height, x / width];
      const disc = (u - 0.6) ** 2 + (v - 0.4) ** 2 < 0.06 ? 90 : 0;
      const texture = 6 * Math.sin(x * 1.7 + seed) * Math.cos(y * 1.3);
      const at = (y * width + x) * 3;
      rgb[at] = clamp(230 * u + disc * 0.3 + texture);
      rgb[at + 1] = clamp(200 * v + disc + texture);
      rgb[at + 2] = clamp(180 * (1 - u) * (1 - v) + 60 - disc * 0.5 + texture);
    }
  }
  return { width, height, rgb };
}

export function sampleJpeg(size: PixelSize, seed = 1): Promise<Buffer> {
  const { rgb, width, height } = samplePicture(size, seed);
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 92 })
    .toBuffer();
}

/** The same picture at another size, averaged. */
export async function resized({ rgb, width, height }: Bitmap, to: PixelSize): Promise<Bitmap> {
  const data = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize({ ...to, fit: 'fill' })
    .removeAlpha()
    .raw()
    .toBuffer();
  return { ...to, rgb: data };
}

/** Peak signal-to-noise ratio in dB; Infinity for equal pictures. Throws for different sizes. */
export function psnr(one: Bitmap, other: Bitmap): number {
  if (one.width !== other.width || one.height !== other.height) {
    throw new RangeError(`${one.width}x${one.height} against ${other.width}x${other.height}`);
  }
  let sum = 0;
  for (const [at, value] of one.rgb.entries()) sum += (value - (other.rgb[at] ?? 0)) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / one.rgb.length));
}

/** Both blurred alike before they are compared: what an eye does to dithering. */
export async function blurredPsnr(one: Bitmap, other: Bitmap, sigma = 3): Promise<number> {
  return psnr(await blurred(one, sigma), await blurred(other, sigma));
}

async function blurred({ rgb, width, height }: Bitmap, sigma: number): Promise<Bitmap> {
  const data = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .blur(sigma)
    .raw()
    .toBuffer();
  return { width, height, rgb: data };
}

function clamp(value: number): number {
  return Math.round(Math.min(255, Math.max(0, value)));
}
