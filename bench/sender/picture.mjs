// @ts-check
/**
 * The JPEG that the ingest figures send: a real one, padded to the size of a 1280x720 screen with
 * text on it. Owns these bytes.
 */
import sharp from 'sharp';

/** A busy 1280x720 desktop at quality 75 is about this large. */
export const PICTURE_BYTES = 137_000;

const MARKER_COMMENT = [0xff, 0xfe];
/** A segment's length counts its own two bytes and not the marker's (ITU-T T.81, B.1.1.4). */
const SEGMENT_MOST_BYTES = 0xffff;

export function picture() {
  return pictureOf(PICTURE_BYTES);
}

/**
 * A picture of that many bytes; they must be enough for an empty one, some 6000.
 *
 * @param {number} sizeBytes
 */
export async function pictureOf(sizeBytes) {
  const jpeg = await sharp({
    create: { width: 1280, height: 720, channels: 3, background: { r: 30, g: 90, b: 160 } },
  })
    .jpeg({ quality: 75 })
    .toBuffer();
  const [start, rest] = [jpeg.subarray(0, 2), jpeg.subarray(2)];
  return Buffer.concat([start, ...comments(sizeBytes - jpeg.length), rest]);
}

/**
 * Comment segments of so many bytes in all.
 *
 * @param {number} sizeBytes
 */
function comments(sizeBytes) {
  const segments = [];
  for (let left = sizeBytes; left > 0;) {
    const whole = SEGMENT_MOST_BYTES + 2;
    // A rest too small for a segment of its own is avoided by taking less now.
    const take = left <= whole ? left : Math.min(whole, left - 4);
    const segment = Buffer.alloc(take);
    segment.set(MARKER_COMMENT);
    segment.writeUInt16BE(take - 2, 2);
    segments.push(segment);
    left -= take;
  }
  return segments;
}
