/**
 * Reads a JPEG's size from its frame header without decoding. Owns the walk over the marker segments
 * (ITU-T T.81, annex B); never looks at the picture itself.
 */
import { MeetError } from './errors.js';
import type { Limits } from './limits.js';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Markers (T.81, table B.1), without their 0xff. */
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const TEM = 0x01;
const RST_FIRST = 0xd0;
const RST_LAST = 0xd7;
const SOF_FIRST = 0xc0;
const SOF_LAST = 0xcf;
/** In the range of the frame headers, but tables: DHT, JPG, DAC. */
const NOT_SOF: readonly number[] = [0xc4, 0xc8, 0xcc];

/**
 * Markers and fill bytes that are passed before the frame header. Cameras and PIL write fewer than
 * 20; a 1 MB ICC profile takes 16. Keeps the walk short whatever a peer sends.
 */
const STEPS_MAX = 512;
/** Segment length, precision, height, width, component count (T.81, B.2.2). */
const SOF_LEAST_BYTES = 8;

/**
 * Width and height in pixels, 1 to 65535, from the SOF segment. Takes a few steps for each call, not
 * more than 512. Throws MEET_FRAME_MALFORMED when there is no SOI, no SOF before SOS or EOI, a
 * truncated segment, or a size of zero.
 */
export function readJpegSize(bytes: Buffer): PictureSize {
  requireJpegStart(bytes);
  let at = 2;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const marker = markerAt(bytes, at);
    if (marker === 0xff) {
      at += 1; // a fill byte (T.81, B.1.1.2)
    } else if (marker === TEM || (marker >= RST_FIRST && marker <= RST_LAST)) {
      at += 2; // stands alone, has no length
    } else if (isSof(marker)) {
      return readSof(bytes, at + 2);
    } else {
      at = segmentEnd(bytes, at, marker);
    }
  }
  throw malformed(`has no frame header within its first ${STEPS_MAX} markers`);
}

/** Throws MEET_FRAME_MALFORMED unless the first two bytes are SOI. Takes the first bytes only. */
export function requireJpegStart(bytes: Buffer): void {
  if (bytes[0] === 0xff && bytes[1] === SOI) return;
  const start = bytes.subarray(0, 4).toString('hex');
  throw malformed(`begins with ${start === '' ? 'nothing' : start}, expected ffd8`);
}

/** Throws MEET_PICTURE_TOO_LARGE when a picture is wider or higher than the limits allow. */
export function requirePictureSize(size: PictureSize, limits: Limits): void {
  const mostWidth = limits['picture-width'];
  const mostHeight = limits['picture-height'];
  if (size.width <= mostWidth && size.height <= mostHeight) return;
  throw new MeetError(
    'MEET_PICTURE_TOO_LARGE',
    `picture is ${size.width}x${size.height}, limit is ${mostWidth}x${mostHeight} ` +
      '(--limit picture-width=VALUE, --limit picture-height=VALUE)',
  );
}

function isSof(marker: number): boolean {
  return marker >= SOF_FIRST && marker <= SOF_LAST && !NOT_SOF.includes(marker);
}

/** The byte after 0xff at `at`. */
function markerAt(bytes: Buffer, at: number): number {
  const marker = bytes[at + 1];
  if (marker === undefined) throw truncated(bytes);
  if (bytes[at] !== 0xff || marker === 0) {
    throw malformed(
      `has ${bytes.subarray(at, at + 2).toString('hex')} at byte ${at}, expected a marker`,
    );
  }
  return marker;
}

function segmentEnd(bytes: Buffer, at: number, marker: number): number {
  if (marker === SOS || marker === EOI || marker === SOI) {
    throw malformed(`has marker ff${marker.toString(16)} at byte ${at} before any frame header`);
  }
  if (at + 4 > bytes.length) throw truncated(bytes);
  const length = bytes.readUInt16BE(at + 2);
  if (length < 2) throw malformed(`has a segment of length ${length} at byte ${at}, least is 2`);
  return at + 2 + length;
}

function readSof(bytes: Buffer, at: number): PictureSize {
  if (at + SOF_LEAST_BYTES > bytes.length) throw truncated(bytes);
  const length = bytes.readUInt16BE(at);
  if (length < SOF_LEAST_BYTES || at + length > bytes.length) {
    throw malformed(
      `has a frame header of ${length} bytes, expected ${SOF_LEAST_BYTES} to ${bytes.length - at}`,
    );
  }
  const size = { height: bytes.readUInt16BE(at + 3), width: bytes.readUInt16BE(at + 5) };
  if (size.width > 0 && size.height > 0) return size;
  throw malformed(`is ${size.width}x${size.height}, expected at least 1x1`);
}

function truncated(bytes: Buffer): MeetError {
  return malformed(`ends after ${bytes.length} bytes, before its frame header`);
}

function malformed(words: string): MeetError {
  return new MeetError('MEET_FRAME_MALFORMED', `JPEG ${words}; send whole JPEG files`);
}
