/**
 * Braille: 2x4 dots a cell. Owns the table of characters (Unicode, "Braille Patterns": dots 1 to 3
 * go down the left side, 4 to 6 down the right, 7 and 8 are the lowest two).
 */
import type { BlockShape } from './block-cells.js';

const FIRST = 0x2800;
/** Unicode's bit for each pixel, row by row. */
const DOTS: readonly number[] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

function brailleCode(mask: number): number {
  if (mask === 0) return 0x20;
  return FIRST + DOTS.reduce((dots, dot, bit) => dots | ((mask >> bit) & 1 ? dot : 0), 0);
}

export const BRAILLE: BlockShape = {
  mode: 'braille',
  pixelsAcross: 2,
  pixelsDown: 4,
  codes: Array.from({ length: 256 }, (_, mask) => brailleCode(mask)),
};
