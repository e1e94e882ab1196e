/**
 * JPEG from and to pixels in BGR order. Owns the choice of the library: sharp, or jimp where sharp
 * does not load. Knows no stream and no thread.
 *
 * Measured for 640x480, one thread: sharp 1.3 ms with the standard Huffman tables (3.0 ms with
 * optimised ones, 5 % smaller), the swap to RGB 0.35 ms; jimp some 60 ms.
 */
import { MeetError } from '../../transport/errors.js';
import { readJpegSize, requirePictureSize } from '../../transport/jpeg-header.js';
import type { Limits } from '../../transport/limits.js';
import type { BgrPicture } from '../../transport/older/pickle-picture.js';

export interface JpegCodec {
  readonly name: 'sharp' | 'jimp';
  /**
   * A whole JPEG of that quality (1 to 100). The pixels are used up: they may come back in another
   * order.
   */
  encode(picture: BgrPicture, quality: number): Promise<Buffer>;
  /**
   * Decodes a JPEG into the buffer that `place` gives for its size: width * height * 3 bytes. Throws
   * MEET_FRAME_MALFORMED, MEET_PICTURE_TOO_LARGE.
   */
  decode(jpeg: Buffer, limits: Limits, place: BgrPlace): Promise<void>;
}

export type BgrPlace = (width: number, height: number) => Buffer;

const CHANNELS = 3;
const RGBA_CHANNELS = 4;
const OPAQUE = 255;

/** sharp if it loads on this machine, else jimp. */
export async function loadJpegCodec(): Promise<JpegCodec> {
  try {
    return await sharpCodec();
  } catch {
    return jimpCodec();
  }
}

/** Rejects when sharp has no binary for this machine. */
export async function sharpCodec(): Promise<JpegCodec> {
  const { default: sharp } = await import('sharp');
  // One picture is too small to be worth several threads, and none comes twice.
  sharp.concurrency(1);
  sharp.cache(false);
  return {
    name: 'sharp',
    encode({ bgr, width, height }, quality) {
      swapInPlace(bgr);
      return sharp(bgr, { raw: { width, height, channels: CHANNELS } })
        .jpeg({ quality, optimiseCoding: false })
        .toBuffer();
    },
    async decode(jpeg, limits, place) {
      const size = readJpegSize(jpeg);
      requirePictureSize(size, limits);
      const { data, info } = await sharp(jpeg)
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true })
        .catch(rethrowAsMalformed);
      copySwapped(data, info.channels, place(info.width, info.height));
    },
  };
}

export async function jimpCodec(): Promise<JpegCodec> {
  const { Jimp } = await import('jimp');
  return {
    name: 'jimp',
    encode({ bgr, width, height }, quality) {
      const data = Buffer.alloc(width * height * RGBA_CHANNELS, OPAQUE);
      for (let from = 0, to = 0; from < bgr.length; from += CHANNELS, to += RGBA_CHANNELS) {
        data[to] = bgr[from + 2] ?? 0;
        data[to + 1] = bgr[from + 1] ?? 0;
        data[to + 2] = bgr[from] ?? 0;
      }
      return new Jimp({ data, width, height }).getBuffer('image/jpeg', { quality });
    },
    async decode(jpeg, limits, place) {
      requirePictureSize(readJpegSize(jpeg), limits);
      const { bitmap } = await Jimp.fromBuffer(jpeg).catch(rethrowAsMalformed);
      copySwapped(bitmap.data, RGBA_CHANNELS, place(bitmap.width, bitmap.height));
    },
  };
}

function rethrowAsMalformed(thrown: unknown): never {
  const words = thrown instanceof Error ? thrown.message : 'unknown';
  throw new MeetError('MEET_FRAME_MALFORMED', `JPEG cannot be decoded (${words})`, {
    cause: thrown,
  });
}

function swapInPlace(pixels: Buffer): void {
  for (let at = 0; at < pixels.length; at += CHANNELS) {
    const blue = pixels[at] ?? 0;
    pixels[at] = pixels[at + 2] ?? 0;
    pixels[at + 2] = blue;
  }
}

/** Grey (1 or 2 channels), RGB or RGBA to BGR. */
function copySwapped(from: Uint8Array, channels: number, bgr: Buffer): void {
  const [green, blue] = channels < CHANNELS ? [0, 0] : [1, 2];
  for (let at = 0, to = 0; to < bgr.length; at += channels, to += CHANNELS) {
    bgr[to] = from[at + blue] ?? 0;
    bgr[to + 1] = from[at + green] ?? 0;
    bgr[to + 2] = from[at] ?? 0;
  }
}
