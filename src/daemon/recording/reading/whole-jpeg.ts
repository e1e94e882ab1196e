/**
 * Whether bytes are one whole JPEG by their two ends. Owns that test; decodes nothing.
 */

/** Start and end of image (ITU-T T.81, B.1.1.3); cameras may pad with zeros. */
export function isWholeJpeg(bytes: Buffer): boolean {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end >= 4 && bytes.readUInt16BE(0) === 0xffd8 && bytes.readUInt16BE(end - 2) === 0xffd9;
}
