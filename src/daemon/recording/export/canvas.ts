/**
 * One picture in memory, 8 bits each of red, green and blue, into which JPEGs and names are drawn. Owns
 * decoding and scaling them; knows no recording.
 */
import type { Sharp } from 'sharp';
import { limitsWith } from '../../../transport/limits.js';
import { readJpegSize, requirePictureSize } from '../../../transport/jpeg-header.js';
import type { Rectangle } from './film-grid.js';

const CHANNELS = 3;
/** Of the background and of names: dark grey, light grey. */
const BACKGROUND = { r: 16, g: 16, b: 16 };
const LABEL_BACKGROUND = { r: 32, g: 32, b: 32 };
/** Of a label's height. */
const LETTER_SHARE = 0.72;
/** Characters of a name that are drawn; more never fit. */
const NAME_MOST = 80;

type SharpModule = (input: Buffer, options?: object) => Sharp;

export class Canvas {
  readonly width: number;
  readonly height: number;
  /** Row by row, three bytes a pixel. */
  readonly pixels: Buffer;
  readonly #sharp: SharpModule;

  private constructor(sharp: SharpModule, width: number, height: number) {
    this.#sharp = sharp;
    this.width = width;
    this.height = height;
    this.pixels = Buffer.alloc(width * height * CHANNELS, BACKGROUND.r);
  }

  /** Rejects when sharp has no binary for this machine. */
  static async make(width: number, height: number): Promise<Canvas> {
    const { default: sharp } = await import('sharp');
    sharp.concurrency(1);
    sharp.cache(false);
    return new Canvas(sharp, width, height);
  }

  /** Draws a JPEG as large as fits, in the middle. False when it cannot be decoded. */
  async drawJpeg(jpeg: Buffer, at: Rectangle): Promise<boolean> {
    try {
      requirePictureSize(readJpegSize(jpeg), limitsWith());
      const pixels = await this.#sharp(jpeg)
        .toColourspace('srgb')
        .resize({ width: at.width, height: at.height, fit: 'contain', background: BACKGROUND })
        .flatten()
        .raw()
        .toBuffer();
      if (pixels.length !== at.width * at.height * CHANNELS) return false;
      this.#place(pixels, at);
      return true;
    } catch {
      return false;
    }
  }

  clear(at: Rectangle): void {
    const row = Buffer.alloc(at.width * CHANNELS, BACKGROUND.r);
    for (let y = 0; y < at.height; y += 1) row.copy(this.pixels, this.#offset(at.x, at.y + y));
  }

  /** Writes a name into its place, cut where it is too long. */
  async drawName(name: string, at: Rectangle): Promise<void> {
    const size = Math.floor(at.height * LETTER_SHARE);
    const text = escaped(Array.from(name).slice(0, NAME_MOST).join(''));
    const svg =
      `<svg xmlns="http://www.w3.org/2000/svg" width="${at.width}" height="${at.height}">` +
      `<rect width="100%" height="100%" fill="rgb(${Object.values(LABEL_BACKGROUND).join()})"/>` +
      `<text x="${Math.ceil(size / 2)}" y="${Math.round(at.height * 0.74)}" font-size="${size}" ` +
      `font-family="DejaVu Sans, sans-serif" fill="#e8e8e8">${text}</text></svg>`;
    const pixels = await this.#sharp(Buffer.from(svg)).flatten().raw().toBuffer();
    if (pixels.length === at.width * at.height * CHANNELS) this.#place(pixels, at);
  }

  /** The whole picture as a file, by the ending of `path`: JPEG, or PNG. */
  async encode(path: string): Promise<Buffer> {
    const raw = { width: this.width, height: this.height, channels: CHANNELS };
    const picture = this.#sharp(this.pixels, { raw });
    return await (/\.png$/i.test(path) ? picture.png() : picture.jpeg({ quality: 90 })).toBuffer();
  }

  #place(pixels: Buffer, { x, y, width, height }: Rectangle): void {
    const rowBytes = width * CHANNELS;
    for (let row = 0; row < height; row += 1) {
      pixels.copy(this.pixels, this.#offset(x, y + row), row * rowBytes, (row + 1) * rowBytes);
    }
  }

  #offset(x: number, y: number): number {
    return (y * this.width + x) * CHANNELS;
  }
}

/** For XML, without what XML may not hold and what would move the writing. */
function escaped(name: string): string {
  const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  return name.replace(/\p{C}/gu, '').replace(/[&<>]/g, (mark) => marks[mark] ?? '');
}
