/**
 * A JPEG's size from its frame header, for pictures that the daemon has checked already. Owns what a
 * frame header is; what is odd is left to the decoder.
 */
import { jpegSegments } from './jpeg-segments.js';
import type { PixelSize } from './picture-encoder.js';

/** Undefined when the header does not come at once, by plain segments (ITU-T T.81, annex B). */
export function jpegSize(jpeg: Buffer): PixelSize | undefined {
  for (const { marker, body } of jpegSegments(jpeg)) {
    if (!isFrameHeader(marker)) continue;
    if (body.length < 5) return undefined;
    // Precision, then height and width (B.2.2).
    const size = { height: body.readUInt16BE(1), width: body.readUInt16BE(3) };
    return size.width > 0 && size.height > 0 ? size : undefined;
  }
  return undefined;
}

/** SOF0 to SOF15 without DHT, JPG and DAC, which lie between them (table B.1). */
function isFrameHeader(marker: number): boolean {
  if (marker < 0xc0 || marker > 0xcf) return false;
  return marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
