/**
 * A JPEG's size from its frame header, for pictures that the daemon has checked already. Owns a short
 * walk that gives up early; what is odd is left to the decoder.
 */
import type { PixelSize } from './picture-encoder.js';

/** Tables and comments before the frame header; encoders write fewer than 20. */
const SEGMENTS_MAX = 64;

/** Undefined when the header does not come at once, by plain segments (ITU-T T.81, annex B). */
export function jpegSize(jpeg: Buffer): PixelSize | undefined {
  // SOI, then segments of 0xff, a marker and a length that counts itself.
  let at = 2;
  for (let segments = 0; segments < SEGMENTS_MAX && at + 9 <= jpeg.length; segments += 1) {
    if (jpeg[at] !== 0xff) return undefined;
    if (isFrameHeader(jpeg[at + 1] ?? 0)) {
      // Precision, then height and width (B.2.2).
      const size = { height: jpeg.readUInt16BE(at + 5), width: jpeg.readUInt16BE(at + 7) };
      return size.width > 0 && size.height > 0 ? size : undefined;
    }
    at += 2 + jpeg.readUInt16BE(at + 2);
  }
  return undefined;
}

/** SOF0 to SOF15 without DHT, JPG and DAC, which lie between them (table B.1). */
function isFrameHeader(marker: number): boolean {
  if (marker < 0xc0 || marker > 0xcf) return false;
  return marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
