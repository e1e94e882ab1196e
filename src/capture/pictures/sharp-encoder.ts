/**
 * JPEG through sharp (libvips). Owns sharp's settings; is loaded only by jpeg-encoder.ts.
 */
import type { JpegOptions } from 'sharp';
import sharp from 'sharp';
import { LIMIT_TABLE } from '../../transport/limits.js';
import { FULL_COLOUR_QUALITY } from './ffmpeg-args.js';
import type { JpegEncoder } from './jpeg-encoder.js';

// A picture a time comes from a device: threads and a cache would only cost memory and switches.
sharp.concurrency(1);
sharp.cache(false);

const MOST_PIXELS = LIMIT_TABLE['picture-width'].default * LIMIT_TABLE['picture-height'].default;

export const sharpEncoder: JpegEncoder = {
  name: 'sharp',
  encodeRaw({ data, width, height }, quality) {
    return sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg(jpegOptions(quality))
      .toBuffer();
  },
  async encodeFile(bytes, { maxWidth, maxHeight, quality }) {
    const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS })
      .autoOrient()
      .resize({ width: maxWidth, height: maxHeight, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#000000' })
      .toColourspace('srgb')
      .jpeg(jpegOptions(quality))
      .toBuffer({ resolveWithObject: true });
    return { jpeg: data, width: info.width, height: info.height };
  },
};

function jpegOptions(quality: number): JpegOptions {
  return { quality, chromaSubsampling: quality >= FULL_COLOUR_QUALITY ? '4:4:4' : '4:2:0' };
}
