/**
 * Planes of brightness and colour as pixels of any size. Owns the weights of scaling and the change
 * of colours; knows no JPEG.
 */
import type { Bitmap, PixelSize } from './picture-encoder.js';

/** Samples of one component, row by row; 0 to 255, a little beyond where the picture rings. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  /** At least `width * height`. */
  readonly samples: Float32Array;
}

/** Which part of a plane is shown, from its top left: more than 0, at most 1. */
export interface Shown {
  readonly across: number;
  readonly down: number;
}

/** What the samples of one row or column give to each that comes out. */
interface Taps {
  /** How many each takes. */
  readonly count: number;
  /** The first one of each. */
  readonly first: Int32Array;
  /** `count` for each. */
  readonly weights: Float32Array;
}

/** A grey that changes no colour. */
const NO_COLOUR = 128;

export class PlaneScaling {
  /** Used again for the next picture. */
  #narrow: Float32Array = new Float32Array(0);
  readonly #scaled: Float32Array[] = [];

  /**
   * Pixels of exactly this size: from YCbCr (JFIF 1.02, "Conversion to and from RGB"), or from grey
   * where there is one plane.
   */
  bitmap(planes: readonly Plane[], shown: Shown, size: PixelSize): Bitmap {
    const pixels = size.width * size.height;
    const rgb = new Uint8Array(pixels * 3);
    const [luma, blue, red] = [0, 1, 2].map((index) => {
      const out = atLeast(this.#scaled[index], pixels);
      this.#scaled[index] = out;
      const plane = planes[index];
      if (plane === undefined) out.fill(NO_COLOUR);
      else this.#scale(plane, shown, size, out);
      return out;
    });
    if (luma && blue && red) toRgb(luma, blue, red, rgb);
    return { ...size, rgb };
  }

  /** First each row becomes as wide as it is to be, then the rows become as many. */
  #scale(plane: Plane, shown: Shown, { width, height }: PixelSize, out: Float32Array): void {
    const across = tapsFor(plane.width * shown.across, width);
    const down = tapsFor(plane.height * shown.down, height);
    const narrow = atLeast(this.#narrow, width * plane.height);
    this.#narrow = narrow;
    for (let y = 0; y < plane.height; y += 1) {
      scaleRow(plane.samples, y * plane.width, across, narrow, y * width);
    }
    for (let y = 0; y < height; y += 1) joinRows(narrow, down, y, out, width);
  }
}

function atLeast(kept: Float32Array | undefined, length: number): Float32Array {
  return kept !== undefined && kept.length >= length ? kept : new Float32Array(length);
}

function toRgb(luma: Float32Array, blue: Float32Array, red: Float32Array, rgb: Uint8Array): void {
  for (let pixel = 0, at = 0; at < rgb.length; pixel += 1, at += 3) {
    // Half more, since what is stored loses its fraction.
    const y = (luma[pixel] ?? 0) + 0.5;
    const cb = (blue[pixel] ?? 0) - NO_COLOUR;
    const cr = (red[pixel] ?? 0) - NO_COLOUR;
    rgb[at] = byte(y + 1.402 * cr);
    rgb[at + 1] = byte(y - 0.344_136 * cb - 0.714_136 * cr);
    rgb[at + 2] = byte(y + 1.772 * cb);
  }
}

function byte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function scaleRow(
  samples: Float32Array,
  line: number,
  { count, first, weights }: Taps,
  out: Float32Array,
  outLine: number,
): void {
  for (let x = 0, weight = 0; x < first.length; x += 1) {
    const from = line + (first[x] ?? 0);
    let sum = 0;
    // Two a turn: of a picture that is not much larger there are two or three.
    let tap = 1;
    for (; tap < count; tap += 2, weight += 2) {
      sum +=
        (weights[weight] ?? 0) * (samples[from + tap - 1] ?? 0) +
        (weights[weight + 1] ?? 0) * (samples[from + tap] ?? 0);
    }
    if (tap === count) {
      sum += (weights[weight] ?? 0) * (samples[from + tap - 1] ?? 0);
      weight += 1;
    }
    out[outLine + x] = sum;
  }
}

function joinRows(
  rows: Float32Array,
  { count, first, weights }: Taps,
  y: number,
  out: Float32Array,
  width: number,
): void {
  const line = y * width;
  for (let tap = 0; tap < count; tap += 2) {
    const upper = weights[y * count + tap] ?? 0;
    const lower = tap + 1 < count ? (weights[y * count + tap + 1] ?? 0) : 0;
    const from = ((first[y] ?? 0) + tap) * width;
    // A last one without a partner is its own, with no weight.
    const next = tap + 1 < count ? from + width : from;
    for (let x = 0; x < width; x += 1) {
      const sum = upper * (rows[from + x] ?? 0) + lower * (rows[next + x] ?? 0);
      out[line + x] = tap === 0 ? sum : (out[line + x] ?? 0) + sum;
    }
  }
}

/**
 * Each one that comes out is the mean of the length that it covers, which is at least that of one
 * sample: so where samples become more, it lies between two of them.
 *
 * `from`: how many samples are shown, of the last one maybe a part.
 */
function tapsFor(from: number, to: number): Taps {
  const step = from / to;
  const reach = Math.max(1, step) / 2;
  const samples = Math.ceil(from);
  const count = Math.min(samples, Math.ceil(2 * reach) + 1);
  const first = new Int32Array(to);
  const weights = new Float32Array(to * count);
  for (let out = 0; out < to; out += 1) {
    const middle = (out + 0.5) * step;
    const begin = Math.max(0, Math.min(Math.floor(middle - reach), samples - count));
    const sum = Math.min(samples, middle + reach) - Math.max(0, middle - reach);
    first[out] = begin;
    for (let tap = 0; tap < count; tap += 1) {
      const right = Math.min(begin + tap + 1, middle + reach);
      const covered = right - Math.max(begin + tap, middle - reach);
      weights[out * count + tap] = Math.max(0, covered) / sum;
    }
  }
  return { count, first, weights };
}
