/**
 * JPEGs as terminals need them: pixels of a size, or a smaller JPEG. Owns sharp's settings here,
 * and which pictures need no sharp.
 */
import sharp from 'sharp';
import { jpegSize } from './jpeg-size.js';
import type { Bitmap, PixelSize } from './picture-encoder.js';
import { SmallJpeg } from './small-jpeg.js';

// Tiles are decoded two at a time: more threads would only take turns, and no picture comes twice.
sharp.concurrency(1);
sharp.cache(false);

const smallJpeg = new SmallJpeg();

/** As the daemon accepts them: limits.md, "picture bombs". */
const PIXELS_MAX = 7680 * 4320;
/** A JPEG is sent as it came until it is this much larger than needed each way. */
const LARGER_IS_FINE = 1.25;
/** Quality of a JPEG that had to be made smaller. */
const SMALLER_QUALITY = 80;

/** A picture's size, from its header. Rejects for what is no picture. */
export async function pictureSize(jpeg: Buffer): Promise<PixelSize> {
  const known = jpegSize(jpeg);
  if (known !== undefined) return known;
  const { width, height } = await sharp(jpeg, { limitInputPixels: PIXELS_MAX }).metadata();
  return { width, height };
}

/** Pixels of exactly this size; the shape is not kept. Large pictures shrink while they load. */
export async function decodePicture(jpeg: Buffer, size: PixelSize): Promise<Bitmap> {
  const small = smallJpeg.decode(jpeg, size);
  if (small !== undefined) return small;
  const { data, info } = await sharp(jpeg, { limitInputPixels: PIXELS_MAX })
    .resize({ ...size, fit: 'fill', kernel: 'linear' })
    .flatten({ background: '#000000' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3)
    throw new RangeError(`picture has ${info.channels} channels, expected 3`);
  return { width: info.width, height: info.height, rgb: data };
}

/** The JPEG itself, or a smaller one when it has many more pixels than `wanted`. */
export async function fitPicture(
  jpeg: Buffer,
  from: PixelSize,
  wanted: PixelSize,
): Promise<Buffer> {
  const fits =
    from.width <= wanted.width * LARGER_IS_FINE && from.height <= wanted.height * LARGER_IS_FINE;
  if (fits) return jpeg;
  return sharp(jpeg, { limitInputPixels: PIXELS_MAX })
    .resize({ ...wanted, fit: 'inside' })
    .jpeg({ quality: SMALLER_QUALITY })
    .toBuffer();
}
