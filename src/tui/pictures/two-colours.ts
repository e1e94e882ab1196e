/**
 * The best two colours for the few pixels of one cell, and which pixel gets which. Owns the split;
 * knows no characters.
 *
 * The split is by the mean of the channel that varies most, which takes one pass over the pixels
 * where trying all splits takes up to 32.
 */
import type { Bitmap } from './picture-encoder.js';
import { bayerThreshold, luminance } from './palette.js';

/** Below this range (0 to 255) of the widest channel, a cell is one colour. */
const FLAT_RANGE = 4;

type Rgb = [number, number, number];

/** One cell's answer; the same object is filled again for each cell. */
export class TwoColours {
  /** Bit n is set where pixel n (row by row) has the foreground colour. */
  mask = 0;
  readonly foreground: Rgb = [0, 0, 0];
  readonly background: Rgb = [0, 0, 0];
  readonly #least: Rgb = [0, 0, 0];
  readonly #most: Rgb = [0, 0, 0];
  readonly #sum: Rgb = [0, 0, 0];

  /** Splits the pixels of the cell whose first pixel is (x, y). A flat cell has mask 0. */
  split({ rgb, width }: Bitmap, x: number, y: number, across: number, down: number): void {
    this.#measure(rgb, width, x, y, across, down);
    const pixels = across * down;
    const channel = this.#widest();
    const range = this.#most[channel] - this.#least[channel];
    const mean = this.#sum[channel] / pixels;
    this.foreground.fill(0);
    this.mask = 0;
    let above = 0;
    for (let bit = 0; range > FLAT_RANGE && bit < pixels; bit += 1) {
      const at = ((y + Math.floor(bit / across)) * width + x + (bit % across)) * 3;
      if ((rgb[at + channel] ?? 0) <= mean) continue;
      this.mask |= 1 << bit;
      above += 1;
      for (const c of [0, 1, 2] as const) this.foreground[c] += rgb[at + c] ?? 0;
    }
    for (const c of [0, 1, 2] as const) {
      this.background[c] = Math.round((this.#sum[c] - this.foreground[c]) / (pixels - above));
      this.foreground[c] = above === 0 ? 0 : Math.round(this.foreground[c] / above);
    }
  }

  #measure(
    rgb: Uint8Array,
    width: number,
    x: number,
    y: number,
    across: number,
    down: number,
  ): void {
    this.#least.fill(255);
    this.#most.fill(0);
    this.#sum.fill(0);
    for (let line = y; line < y + down; line += 1) {
      const from = (line * width + x) * 3;
      for (let at = from; at < from + across * 3; at += 3) {
        for (const c of [0, 1, 2] as const) {
          const value = rgb[at + c] ?? 0;
          this.#sum[c] += value;
          if (value < this.#least[c]) this.#least[c] = value;
          if (value > this.#most[c]) this.#most[c] = value;
        }
      }
    }
  }

  #widest(): 0 | 1 | 2 {
    const [red, green, blue] = this.#most.map((most, c) => most - (this.#least[c] ?? 0));
    if ((green ?? 0) >= (red ?? 0) && (green ?? 0) >= (blue ?? 0)) return 1;
    return (red ?? 0) >= (blue ?? 0) ? 0 : 2;
  }
}

/** Which pixels of a cell are light when there are no colours: ordered dithering. */
export function litPixels(
  { rgb, width }: Bitmap,
  x: number,
  y: number,
  across: number,
  down: number,
): number {
  let mask = 0;
  for (let bit = 0; bit < across * down; bit += 1) {
    const [px, py] = [x + (bit % across), y + Math.floor(bit / across)];
    const at = (py * width + px) * 3;
    const light = luminance(rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0);
    if (light > bayerThreshold(px, py)) mask |= 1 << bit;
  }
  return mask;
}
