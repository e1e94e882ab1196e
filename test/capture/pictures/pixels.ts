/** Pictures as raw pixels, and how far apart two of them are. */
import sharp from 'sharp';
import type { RawPicture } from '../../../src/capture/pictures/jpeg-encoder.js';

/** Decodes any picture to RGB, 3 bytes a pixel. */
export async function pixelsOf(picture: Buffer): Promise<RawPicture> {
  const { data, info } = await sharp(picture)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Peak signal-to-noise ratio in dB over all channels; Infinity for equal pictures. */
export async function psnrDb(one: Buffer, other: Buffer): Promise<number> {
  const [a, b] = await Promise.all([pixelsOf(one), pixelsOf(other)]);
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`pictures are ${a.width}x${a.height} and ${b.width}x${b.height}`);
  }
  const squares = a.data.reduce((sum, value, at) => sum + (value - (b.data[at] ?? 0)) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (squares / a.data.length));
}
