/**
 * Sixel pictures. Owns the encoding with a fixed palette of 6x6x6 colours and ordered dithering,
 * which doesn't flicker from frame to frame and needs no search; knows no rectangle of cells.
 *
 * Format: DEC STD 070, chapter 9 ("Sixel device control string"). A band is six rows of pixels; each
 * colour of a band is one line of characters 0x3f + six bits, the topmost pixel in bit 0.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BAYER_4X4 } from './palette.js';
import type { Bitmap, PixelEncoder } from './picture-encoder.js';

const BAND_ROWS = 6;
const LEVELS = 6;
const COLOURS = LEVELS ** 3;
/** Parameters: aspect by raster attributes, P2 = 1 leaves pixels that are not set as they are. */
const INTRODUCER = '\x1bP0;1;0q';
const TERMINATOR = '\x1b\\';
/** Pixels between two turns of the event loop: some two milliseconds. */
const PIXELS_A_TURN = 120_000;
/** A repeat (`!` count) is shorter than the characters themselves from four on. */
const REPEAT_LEAST = 4;
/** Bytes of a band at most: all colours present over the whole width would be more, but cannot be. */
const FIRST_BUFFER_BYTES = 1 << 18;

/** Bytes that grow as needed. */
class ByteSink {
  #bytes = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);
  #length = 0;

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  text(ascii: string): void {
    if (this.#length + ascii.length > this.#bytes.length) this.#grow(ascii.length);
    this.#length += this.#bytes.write(ascii, this.#length, 'latin1');
  }

  take(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(least: number): void {
    const bigger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + least));
    this.#bytes.copy(bigger, 0, 0, this.#length);
    this.#bytes = bigger;
  }
}

/** One band's bits for each colour, cleared as they are written out. */
class Band {
  readonly #width: number;
  readonly #bits: Uint8Array;
  readonly #first = new Int32Array(COLOURS);
  readonly #last = new Int32Array(COLOURS);
  readonly #defined = new Uint8Array(COLOURS);
  #used: number[] = [];

  constructor(width: number) {
    this.#width = width;
    this.#bits = new Uint8Array(width * COLOURS);
    this.#first.fill(-1);
  }

  mark(colour: number, x: number, bit: number): void {
    const at = colour * this.#width + x;
    this.#bits[at] = (this.#bits[at] ?? 0) | bit;
    const first = this.#first[colour] ?? -1;
    if (first === -1) {
      this.#used.push(colour);
      this.#first[colour] = x;
      this.#last[colour] = x;
    } else if (x < first) this.#first[colour] = x;
    else if (x > (this.#last[colour] ?? 0)) this.#last[colour] = x;
  }

  /** Writes each colour's line and leaves the band empty. */
  flush(sink: ByteSink): void {
    for (const [n, colour] of this.#used.entries()) {
      if (n > 0) sink.byte(0x24); // $: back to the left
      this.#select(colour, sink);
      this.#line(colour, sink);
      this.#first[colour] = -1;
    }
    this.#used = [];
    sink.byte(0x2d); // -: next band
  }

  /** The first use of a colour defines it: RGB in per cent. */
  #select(colour: number, sink: ByteSink): void {
    sink.text(`#${colour}`);
    if (this.#defined[colour] === 1) return;
    this.#defined[colour] = 1;
    const digits = [Math.floor(colour / 36), Math.floor(colour / 6) % 6, colour % 6];
    sink.text(`;2;${digits.map((digit) => digit * 20).join(';')}`);
  }

  #line(colour: number, sink: ByteSink): void {
    const from = colour * this.#width;
    const end = from + (this.#last[colour] ?? 0) + 1;
    let run = this.#first[colour] ?? 0;
    let bits = 0;
    for (let at = from + run; at < end; at += 1) {
      const next = this.#bits[at] ?? 0;
      this.#bits[at] = 0;
      if (next !== bits) {
        repeat(bits, run, sink);
        bits = next;
        run = 0;
      }
      run += 1;
    }
    repeat(bits, run, sink);
  }
}

function repeat(bits: number, count: number, sink: ByteSink): void {
  if (count >= REPEAT_LEAST) {
    sink.text(`!${count}`);
    sink.byte(0x3f + bits);
    return;
  }
  for (let n = 0; n < count; n += 1) sink.byte(0x3f + bits);
}

/** The level, 0 to 5, of each channel value at each place of the 4x4 pattern: [place * 256 + value]. */
const LEVEL_OF = Uint8Array.from({ length: 16 * 256 }, (_, at) => {
  const shift = ((BAYER_4X4[at >> 8] ?? 0) + 0.5) / 16;
  return Math.floor(((at & 255) / 255) * (LEVELS - 1) + shift);
});

/** A whole sixel picture of exactly this many pixels. */
export async function encodeSixel({ width, height, rgb }: Bitmap): Promise<Buffer> {
  const sink = new ByteSink();
  const band = new Band(width);
  sink.text(`${INTRODUCER}"1;1;${width};${height}`);
  let pixels = 0;
  for (let top = 0; top < height; top += BAND_ROWS) {
    const bottom = Math.min(top + BAND_ROWS, height);
    for (let y = top; y < bottom; y += 1) markRow(band, rgb, y, width, 1 << (y - top));
    band.flush(sink);
    pixels += width * BAND_ROWS;
    if (pixels < PIXELS_A_TURN) continue;
    pixels = 0;
    await nextTurn();
  }
  sink.text(TERMINATOR);
  return sink.take();
}

function markRow(band: Band, rgb: Uint8Array, y: number, width: number, bit: number): void {
  let at = y * width * 3;
  for (let x = 0; x < width; x += 1, at += 3) {
    const place = ((y & 3) * 4 + (x & 3)) << 8;
    const red = LEVEL_OF[place + (rgb[at] ?? 0)] ?? 0;
    const green = LEVEL_OF[place + (rgb[at + 1] ?? 0)] ?? 0;
    const blue = LEVEL_OF[place + (rgb[at + 2] ?? 0)] ?? 0;
    band.mark(red * 36 + green * 6 + blue, x, bit);
  }
}

/** Sixels are sent pixel by pixel: terminals do not scale them. */
export const sixelEncoder: PixelEncoder = {
  kind: 'pixels',
  mode: 'sixel',
  input: 'rgb',
  wanted: (onScreen) => onScreen,
  async encode(picture) {
    if (picture.input !== 'rgb') throw new TypeError('sixel takes pixels, not a JPEG');
    return encodeSixel(picture.bitmap);
  },
  erase: () => Buffer.alloc(0),
  eraseAll: () => Buffer.alloc(0),
};
