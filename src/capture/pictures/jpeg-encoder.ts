/**
 * Pixels and picture files to JPEG. Owns the interface and the choice of library: sharp, else jimp,
 * decided once in a process. Loads neither before it is asked to.
 */
import { MeetError } from '../../transport/errors.js';
import type { PictureSize } from '../../transport/jpeg-header.js';

/** RGB, 3 bytes a pixel, rows from the top without padding. */
export interface RawPicture extends PictureSize {
  readonly data: Buffer;
}

export interface EncodedPicture extends PictureSize {
  readonly jpeg: Buffer;
}

/** The largest size, never enlarged to, and libjpeg's quality, 1 to 100. */
export interface EncodeWish {
  readonly maxWidth: number;
  readonly maxHeight: number;
  readonly quality: number;
}

/** Equal pixels give equal bytes, so that an unchanged picture can be told. */
export interface JpegEncoder {
  readonly name: 'sharp' | 'jimp';
  /** Encodes pixels in their own size. */
  encodeRaw(picture: RawPicture, quality: number): Promise<Buffer>;
  /** Decodes a JPEG, PNG, WebP (sharp only) or TIFF, scales it down to fit, encodes it. */
  encodeFile(bytes: Buffer, wish: EncodeWish): Promise<EncodedPicture>;
}

export type EncoderLoader = () => Promise<JpegEncoder>;

const loadSharp: EncoderLoader = async () => (await import('./sharp-encoder.js')).sharpEncoder;
const loadJimp: EncoderLoader = async () => (await import('./jimp-encoder.js')).jimpEncoder;

let chosen: Promise<JpegEncoder> | undefined;

/** The encoder of this process. Rejects with MEET_PROGRAM_MISSING when no library loads. */
export function jpegEncoder(): Promise<JpegEncoder> {
  return (chosen ??= firstThatLoads([loadSharp, loadJimp]));
}

/** The first of several encoders that loads: sharp's prebuilt code does not exist for each machine. */
export async function firstThatLoads(loaders: readonly EncoderLoader[]): Promise<JpegEncoder> {
  const failures: unknown[] = [];
  for (const load of loaders) {
    try {
      return await load();
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  const words = failures.map((thrown) =>
    thrown instanceof Error ? thrown.message : String(thrown),
  );
  throw new MeetError(
    'MEET_PROGRAM_MISSING',
    `no JPEG encoder loads here (${words.join('; ')}); install one: npm install sharp`,
    { cause: failures[0] },
  );
}
