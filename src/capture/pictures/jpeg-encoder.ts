/** Pixels and picture files to JPEG: what an encoder does, whichever library it is. Encodes nothing. */
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
