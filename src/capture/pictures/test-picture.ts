/**
 * The moving test picture. Owns its pixels and the row of blocks that carries the frame number; knows
 * no clock, encodes nothing.
 *
 *   +--------------------------------+  0
 *   | eight colour bars              |
 *   +--------------------------------+  1/3
 *   | SCREEN TEST                    |
 *   | 12:34:56.789   (UTC)           |
 *   | FRAME 000123                   |
 *   | a square that goes to and fro  |
 *   +--------------------------------+  h - row
 *   | 32 blocks, black 0, white 1    |  row: a 20th of the height, at least 8 pixels
 *   +--------------------------------+  h
 *
 * The blocks are the frame number's 32 bits, the highest at the left, each a 32nd of the width. They
 * survive JPEG and scaling while a block is 4 pixels wide, so in pictures from 128 pixels on.
 */
import type { RawPicture } from './jpeg-encoder.js';
import { LETTER_HEIGHT, LETTER_STEP, eachDot } from './bitmap-font.js';

type Colour = readonly [red: number, green: number, blue: number];

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const BITS = 32;
const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [255, 255, 255];
const GROUND: Colour = [24, 32, 48];
const SQUARE: Colour = [240, 160, 32];
/** White to black by falling brightness, as in EBU colour bars. */
const BARS: readonly Colour[] = [
  [235, 235, 235],
  [235, 235, 16],
  [16, 235, 235],
  [16, 235, 16],
  [235, 16, 235],
  [235, 16, 16],
  [16, 16, 235],
  [16, 16, 16],
];
/** Letters of the longest line, `00:00:00.000`, with a margin at both sides. */
const LETTERS_ACROSS = 14;
/** Lines of text, the square's track, and room between them, in letter heights. */
const LINES_DOWN = 6;
/** The square crosses the picture in so many frames. */
const CROSSING_FRAMES = 50;
/** A block that is not clearly black or white is not one of ours. */
const BLACK_MOST = 80;
const WHITE_LEAST = 175;

export class TestPicture {
  readonly picture: RawPicture;
  readonly #scale: number;
  readonly #textTop: number;
  #squareAt: Box;

  /** `title` is drawn with the letters of bitmap-font.ts. Sizes from 1x1 on. */
  constructor(width: number, height: number, title: string) {
    this.picture = { data: Buffer.alloc(width * height * 3), width, height };
    this.#textTop = Math.floor(height / 3);
    const room = height - this.#textTop - blockRowHeight(height);
    const across = Math.floor(width / (LETTERS_ACROSS * LETTER_STEP));
    const down = Math.floor(room / (LINES_DOWN * (LETTER_HEIGHT + 2)));
    this.#scale = Math.max(1, Math.min(across, down));
    this.#drawStill(title);
    this.#squareAt = this.#squareBox(0);
  }

  /** Draws frame `number` (u32) as it is at `wallUs`; only what moves is drawn again. */
  draw(number: number, wallUs: number): RawPicture {
    this.#drawLine(1, new Date(wallUs / 1000).toISOString().slice(11, 23));
    this.#drawLine(2, `FRAME ${String(number).padStart(6, '0')}`);
    this.#fill(this.#squareAt, GROUND);
    this.#squareAt = this.#squareBox(number);
    this.#fill(this.#squareAt, SQUARE);
    this.#drawBlocks(number);
    return this.picture;
  }

  #drawStill(title: string): void {
    const { width, height } = this.picture;
    this.#fill({ x: 0, y: 0, width, height }, GROUND);
    BARS.forEach((colour, index) => {
      const x = Math.floor((index * width) / BARS.length);
      const end = Math.floor(((index + 1) * width) / BARS.length);
      this.#fill({ x, y: 0, width: end - x, height: this.#textTop }, colour);
    });
    this.#drawLine(0, title);
  }

  #lineTop(line: number): number {
    return this.#textTop + (line * (LETTER_HEIGHT + 2) + 2) * this.#scale;
  }

  #drawLine(line: number, text: string): void {
    const scale = this.#scale;
    const left = LETTER_STEP * scale;
    const top = this.#lineTop(line);
    const width = text.length * LETTER_STEP * scale;
    this.#fill({ x: left, y: top, width, height: LETTER_HEIGHT * scale }, GROUND);
    eachDot(text, (x, y) => {
      this.#fill({ x: left + x * scale, y: top + y * scale, width: scale, height: scale }, WHITE);
    });
  }

  #squareBox(number: number): Box {
    const { width } = this.picture;
    const side = LETTER_HEIGHT * 2 * this.#scale;
    const phase = number % (2 * CROSSING_FRAMES);
    const part = 1 - Math.abs(1 - phase / CROSSING_FRAMES);
    return {
      x: Math.round(part * Math.max(0, width - side)),
      y: this.#lineTop(3),
      width: side,
      height: side,
    };
  }

  #drawBlocks(number: number): void {
    const { width, height } = this.picture;
    const row = blockRowHeight(height);
    for (let bit = 0; bit < BITS; bit += 1) {
      const x = Math.floor((bit * width) / BITS);
      const end = Math.floor(((bit + 1) * width) / BITS);
      const isSet = ((number >>> (BITS - 1 - bit)) & 1) === 1;
      this.#fill({ x, y: height - row, width: end - x, height: row }, isSet ? WHITE : BLACK);
    }
  }

  /** Fills a box, cut off at the picture's edges. */
  #fill(box: Box, [red, green, blue]: Colour): void {
    const { data, width, height } = this.picture;
    const left = Math.min(box.x, width);
    const bytes = (Math.min(box.x + box.width, width) - left) * 3;
    const bottom = Math.min(box.y + box.height, height);
    if (bytes <= 0) return;
    const line = Buffer.alloc(bytes, Buffer.from([red, green, blue]));
    for (let y = box.y; y < bottom; y += 1) line.copy(data, (y * width + left) * 3);
  }
}

/**
 * The frame number in the blocks of a decoded test picture (RGB, 3 bytes a pixel), or undefined when
 * the picture has no such blocks.
 */
export function readFrameNumber(rgb: Buffer, width: number, height: number): number | undefined {
  const y = height - Math.ceil(blockRowHeight(height) / 2);
  let number = 0;
  for (let bit = 0; bit < BITS; bit += 1) {
    const brightness = brightnessAt(rgb, width, Math.floor(((bit + 0.5) * width) / BITS), y);
    if (brightness > BLACK_MOST && brightness < WHITE_LEAST) return undefined;
    number = number * 2 + (brightness >= WHITE_LEAST ? 1 : 0);
  }
  return number;
}

/** The mean of two pixels across and down around a point, all channels. */
function brightnessAt(rgb: Buffer, width: number, x: number, y: number): number {
  let sum = 0;
  for (const row of [y - 1, y]) {
    const at = (row * width + Math.max(0, x - 1)) * 3;
    for (let channel = 0; channel < 6; channel += 1) sum += rgb[at + channel] ?? 0;
  }
  return sum / 12;
}

function blockRowHeight(height: number): number {
  return Math.min(height, Math.max(8, Math.round(height / 20)));
}
