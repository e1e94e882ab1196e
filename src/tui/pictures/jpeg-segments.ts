/**
 * The segments that stand before a JPEG's picture (ITU-T T.81, annex B). Owns the walk over them, which
 * gives up early; what they mean is for those who ask.
 */

/** Tables and comments before the picture; encoders write fewer than 20. */
const SEGMENTS_MAX = 64;
const PREFIX = 0xff;

export interface JpegSegment {
  readonly marker: number;
  /** What follows its length. */
  readonly body: Buffer;
  /** Where the next one begins. */
  readonly end: number;
}

/** In order, until one is not whole or is no plain segment of a marker and a length that counts itself. */
export function* jpegSegments(jpeg: Buffer): Generator<JpegSegment, undefined> {
  // The first two bytes are SOI.
  let at = 2;
  for (let segments = 0; segments < SEGMENTS_MAX && at + 4 <= jpeg.length; segments += 1) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (jpeg[at] !== PREFIX || end > jpeg.length) return;
    yield { marker: jpeg[at + 1] ?? 0, body: jpeg.subarray(at + 4, end), end };
    at = end;
  }
}
