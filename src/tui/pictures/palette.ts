/**
 * The nearest colour that a terminal can show. Owns xterm's palette and ordered dithering; knows no
 * cells.
 *
 * Palette: 16 named colours, a 6x6x6 cube from 16, 24 greys from 232 (xterm's 256colres.pl).
 */
import { DEFAULT_COLOUR, PALETTE, rgbColour } from '../terminal/cell-grid.js';
import type { ColourDepth } from './picture-mode.js';

/** The six levels of a channel in the cube (xterm, 256colres.pl). */
export const CUBE_LEVELS: readonly number[] = [0, 95, 135, 175, 215, 255];

/** The 16 named colours as the VGA text mode and the Linux console show them. */
const NAMED: readonly (readonly [number, number, number])[] = [
  [0, 0, 0],
  [170, 0, 0],
  [0, 170, 0],
  [170, 85, 0],
  [0, 0, 170],
  [170, 0, 170],
  [0, 170, 170],
  [170, 170, 170],
  [85, 85, 85],
  [255, 85, 85],
  [85, 255, 85],
  [255, 255, 85],
  [85, 85, 255],
  [255, 85, 255],
  [85, 255, 255],
  [255, 255, 255],
];

/** Bayer's 4x4 matrix, 0 to 15 (B. E. Bayer, 1973). */
export const BAYER_4X4: readonly number[] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

/** How far dithering moves a channel: about half of the distance between two colours. */
const DITHER_SPREAD: Readonly<Record<ColourDepth, number>> = {
  truecolour: 0,
  '256': 24,
  '16': 80,
  '8': 80,
  none: 0,
};

/** Red, green and blue of a palette entry, 0 to 255, packed as 0xRRGGBB. */
export function paletteRgb(index: number): number {
  if (index < 16) return packed(NAMED[index] ?? [0, 0, 0]);
  if (index >= 232) return packed(Array.from({ length: 3 }, () => 8 + 10 * (index - 232)));
  const cube = index - 16;
  const digits = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6];
  return packed(digits.map((digit) => CUBE_LEVELS[digit] ?? 0));
}

/** Luminance of a colour, 0 to 255 (ITU-R BT.601). */
export function luminance(red: number, green: number, blue: number): number {
  return (red * 299 + green * 587 + blue * 114) / 1000;
}

/** Threshold of 1-bit dithering at a pixel, between 0 and 255. */
export function bayerThreshold(x: number, y: number): number {
  return ((BAYER_4X4[(y & 3) * 4 + (x & 3)] ?? 0) + 0.5) * 16;
}

/** Which of a cell's colours is asked for: the Linux console has fewer backgrounds. */
export type ColourPlace = 'foreground' | 'background';

/**
 * A colour number (cell-grid) for a colour at a place of the dithering pattern. With depth `none` it
 * is always the default colour.
 */
export function colourFor(
  depth: ColourDepth,
  place: ColourPlace,
  [red, green, blue]: readonly [number, number, number],
  x: number,
  y: number,
): number {
  if (depth === 'truecolour') return rgbColour(red, green, blue);
  if (depth === 'none') return DEFAULT_COLOUR;
  const matrix = BAYER_4X4[(y & 3) * 4 + (x & 3)] ?? 0;
  const shift = ((matrix + 0.5) / 16 - 0.5) * DITHER_SPREAD[depth];
  const [r, g, b] = [clamped(red + shift), clamped(green + shift), clamped(blue + shift)];
  if (depth === '256') return PALETTE + nearestOf256(r, g, b);
  return PALETTE + nearestNamed(r, g, b, depth === '8' && place === 'background' ? 8 : 16);
}

/** The nearest entry of the cube or the greys, 16 to 255. */
export function nearestOf256(red: number, green: number, blue: number): number {
  const [r, g, b] = [cubeDigit(red), cubeDigit(green), cubeDigit(blue)];
  const cubeError =
    ((CUBE_LEVELS[r] ?? 0) - red) ** 2 +
    ((CUBE_LEVELS[g] ?? 0) - green) ** 2 +
    ((CUBE_LEVELS[b] ?? 0) - blue) ** 2;
  const grey = Math.min(23, Math.max(0, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const level = 8 + 10 * grey;
  const greyError = (level - red) ** 2 + (level - green) ** 2 + (level - blue) ** 2;
  return greyError < cubeError ? 232 + grey : 16 + 36 * r + 6 * g + b;
}

function nearestNamed(red: number, green: number, blue: number, count: number): number {
  let best = 0;
  let least = Infinity;
  for (let index = 0; index < count; index += 1) {
    const [r, g, b] = NAMED[index] ?? [0, 0, 0];
    const error = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
    if (error < least) {
      least = error;
      best = index;
    }
  }
  return best;
}

/** The levels' middles are 47.5, 115, 155, 195, 235. */
function cubeDigit(value: number): number {
  if (value < 47.5) return 0;
  return value < 115 ? 1 : Math.min(5, Math.floor((value - 35) / 40));
}

function clamped(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function packed([red = 0, green = 0, blue = 0]: readonly number[]): number {
  return (red << 16) | (green << 8) | blue;
}
