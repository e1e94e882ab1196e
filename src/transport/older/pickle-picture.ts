/**
 * Parses the pickle of a picture: the older video framing's body. Owns the checks of shape and byte
 * count and the order of the pixels; never runs anything that the pickle names.
 */
import { Parser } from 'pickleparser';
import { MeetError } from '../errors.js';
import type { PictureSize } from '../jpeg-header.js';
import { requirePictureSize } from '../jpeg-header.js';
import type { Limits } from '../limits.js';
import type { PickledArray } from './numpy-stand-ins.js';
import { LatinText, UnbuiltArray, standIn } from './numpy-stand-ins.js';
import { PickleReader, refused } from './pickle-reader.js';

const CHANNELS = 3;

/** Pixels row by row from the top, three bytes each: blue, green, red. */
export interface BgrPicture extends PictureSize {
  /** width * height * 3 bytes. */
  readonly bgr: Buffer;
}

/**
 * Parses `pickle.dumps(frame)`, protocols 2 to 5, numpy 1 and 2, of a uint8 array of shape
 * (height, width, 3). `bgr` is a view of `bytes`; a copy
 * only for protocol 2 and for arrays in another than C order (views, Fortran). Throws MEET_PICKLE_REFUSED for anything else and MEET_PICTURE_TOO_LARGE. Allocates no more
 * than the picture's own size, takes at most 128 opcodes.
 */
export function parsePicturePickle(bytes: Buffer, limits: Limits): BgrPicture {
  const reader = new PickleReader(bytes);
  const { shape, axes, pixels } = parseArray(reader);
  const size = pictureShape(shape);
  requirePictureSize(size, limits);
  const raw = pixels instanceof LatinText ? latinBytes(reader.textBytes(pixels.text)) : pixels.view;
  const expectedBytes = size.width * size.height * CHANNELS;
  if (raw.length !== expectedBytes) {
    throw refused(
      `holds ${raw.length} bytes of pixels, its shape (${shape.join(', ')}) needs ${expectedBytes}`,
    );
  }
  const strides = pixelStrides(size, axes);
  return { ...size, bgr: strides === undefined ? raw : rowByRow(raw, size, strides) };
}

function parseArray(reader: PickleReader): PickledArray {
  try {
    const parser = new Parser({ nameResolver: { resolve: standIn } });
    const value = parser.read(reader);
    if (!(value instanceof UnbuiltArray)) throw refused('holds something other than an array');
    if (reader.leftBytes > 0) throw refused(`goes on for ${reader.leftBytes} bytes after its end`);
    return value.built;
  } catch (thrown) {
    if (thrown instanceof MeetError) throw thrown;
    // The parser's own words, or a TypeError of its, for a stack that is not as numpy leaves it.
    throw refused(
      `cannot be parsed (${thrown instanceof Error ? thrown.message : 'unknown'})`,
      thrown,
    );
  }
}

function pictureShape(shape: readonly unknown[]): PictureSize {
  const [height, width, channels] = shape;
  if (
    shape.length !== CHANNELS ||
    channels !== CHANNELS ||
    typeof height !== 'number' ||
    typeof width !== 'number' ||
    !(height > 0 && width > 0)
  ) {
    const shown = shape.map((each) => (typeof each === 'number' ? each : '?')).join(', ');
    throw refused(`holds an array of shape (${shown})`);
  }
  return { width, height };
}

/**
 * Undoes UTF-8 of code points 0 to 255: how protocol 2 writes bytes. Without a branch for each byte:
 * random pixels would mispredict half of them.
 */
function latinBytes(text: Buffer): Buffer {
  const out = Buffer.allocUnsafeSlow(text.length);
  let to = 0;
  let carry = 0; // the two high bits of the code point, from a lead byte
  let wasLead = 0;
  let wrong = 0;
  for (let from = 0; from < text.length; from += 1) {
    const byte = text[from] ?? 0;
    const high = byte >> 7;
    const lead = high & (byte >> 6);
    // A lead byte is c2 or c3, and a continuation byte follows it and nothing else.
    wrong |= (-lead & (byte ^ 0xc2) & 0xfe) | (wasLead ^ (high ^ lead));
    out[to] = carry | (byte & (0xff >> (high << 1)));
    to += 1 - lead;
    carry = ((byte & 3) << 6) & -lead;
    wasLead = lead;
  }
  if ((wrong | wasLead) !== 0) {
    throw refused('holds text that is no latin1 where its pixels should be');
  }
  return out.subarray(0, to);
}

/** How far apart in memory two rows, two pixels of a row, two bytes of a pixel are. */
interface Strides {
  readonly row: number;
  readonly pixel: number;
  readonly channel: number;
}

/** undefined when the pixels already lie row by row. */
function pixelStrides(size: PictureSize, axes: readonly unknown[]): Strides | undefined {
  const shape = [size.height, size.width, CHANNELS];
  if (axes.length !== shape.length || !shape.every((_, axis) => axes.includes(axis))) {
    throw refused('holds an array of an unknown order');
  }
  if (axes.every((axis, index) => axis === index)) return undefined;
  // Axes that lie further inside have the shorter strides.
  const [row = 0, pixel = 0, channel = 0] = axes.map((axis) =>
    shape.reduce((stride, side, other) => stride * (isInside(axes[other], axis) ? side : 1), 1),
  );
  return { row, pixel, channel };
}

function isInside(axis: unknown, other: unknown): boolean {
  return Number(axis) > Number(other);
}

/** Rows and columns that are turned at once, so that both sides stay in the processor's cache. */
const TILE = 64;

function rowByRow(raw: Buffer, size: PictureSize, strides: Strides): Buffer {
  const out = Buffer.allocUnsafeSlow(raw.length);
  for (let top = 0; top < size.height; top += TILE) {
    for (let left = 0; left < size.width; left += TILE) {
      turnTile(raw, out, { ...size, ...strides, top, left });
    }
  }
  return out;
}

interface Tile extends PictureSize, Strides {
  readonly top: number;
  readonly left: number;
}

function turnTile(raw: Buffer, out: Buffer, tile: Tile): void {
  const { width, channel, row, pixel } = tile;
  const bottom = Math.min(tile.top + TILE, tile.height);
  const right = Math.min(tile.left + TILE, width);
  for (let x = tile.left; x < right; x += 1) {
    for (let y = tile.top; y < bottom; y += 1) {
      const to = (y * width + x) * CHANNELS;
      const from = y * row + x * pixel;
      out[to] = raw[from] ?? 0;
      out[to + 1] = raw[from + channel] ?? 0;
      out[to + 2] = raw[from + 2 * channel] ?? 0;
    }
  }
}
