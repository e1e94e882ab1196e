/**
 * What a terminal's cells look like, by the Unicode charts: which part of a cell each character
 * fills. Owns tables of its own, made from the characters' names and not from the encoders'.
 */
import type { Bitmap } from '../../../src/tui/pictures/picture-encoder.js';

export interface LookedAtCell {
  readonly character: string;
  /** Red, green, blue. */
  readonly foreground: readonly [number, number, number];
  readonly background: readonly [number, number, number];
}

/** A cell is drawn as 12 rows of 2 pixels: halves, thirds and quarters all fall on whole ones. */
export const CELL_ACROSS = 2;
export const CELL_DOWN = 12;

/** BLOCK SEXTANT-n: the digits of the names in the order of the code points (Unicode 13). */
const SEXTANT_NAMES = (
  '1 2 12 3 13 23 123 4 14 24 124 34 134 234 1234 5 15 25 125 35 235 1235 45 145 245 1245 345 ' +
  '1345 2345 12345 6 16 26 126 36 136 236 1236 46 146 1246 346 1346 2346 12346 56 156 256 1256 ' +
  '356 1356 2356 12356 456 1456 2456 12456 3456 13456 23456'
).split(' ');

/** QUADRANT ...: upper left, upper right, lower left, lower right. */
const QUADRANTS: Readonly<Record<string, string>> = {
  '▘': '1',
  '▝': '2',
  '▀': '12',
  '▖': '3',
  '▌': '13',
  '▞': '23',
  '▛': '123',
  '▗': '4',
  '▚': '14',
  '▐': '24',
  '▜': '124',
  '▄': '34',
  '▙': '134',
  '▟': '234',
  '█': '1234',
};

/** BRAILLE PATTERN DOTS-n: bit n-1 is dot n; the dots' places, row by row, left before right. */
const DOT_PLACES = [1, 4, 2, 5, 3, 6, 7, 8];

/** Whether the part of a cell at (x of 2, y of 12) is filled; a letter fills nothing. */
function isFilled(character: string, x: number, y: number): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (character === ' ' || character === '') return false;
  if (code >= 0x2800 && code <= 0x28ff) {
    const dot = DOT_PLACES[Math.floor(y / 3) * 2 + x] ?? 0;
    return ((code - 0x2800) & (1 << (dot - 1))) !== 0;
  }
  const quadrants = QUADRANTS[character];
  if (quadrants !== undefined) return quadrants.includes(String(1 + x + 2 * Math.floor(y / 6)));
  const sextants = SEXTANT_NAMES[code - 0x1fb00];
  return sextants?.includes(String(1 + x + 2 * Math.floor(y / 4))) ?? false;
}

/** Draws cells, row by row. */
export function drawCells(cells: readonly LookedAtCell[], columns: number): Bitmap {
  const width = columns * CELL_ACROSS;
  const height = (cells.length / columns) * CELL_DOWN;
  const rgb = new Uint8Array(width * height * 3);
  for (const [n, { character, foreground, background }] of cells.entries()) {
    const [left, top] = [(n % columns) * CELL_ACROSS, Math.floor(n / columns) * CELL_DOWN];
    for (let y = 0; y < CELL_DOWN; y += 1) {
      for (let x = 0; x < CELL_ACROSS; x += 1) {
        const colour = isFilled(character, x, y) ? foreground : background;
        rgb.set(colour, ((top + y) * width + left + x) * 3);
      }
    }
  }
  return { width, height, rgb };
}
