/**
 * Sextants: 2x3 pixels a cell. Owns the table of characters (Unicode 13, "Symbols for Legacy
 * Computing", U+1FB00 to U+1FB3B).
 */
import type { BlockShape } from './block-cells.js';

const FIRST = 0x1fb00;
/** Masks that have older characters of their own: left half, right half. */
const LEFT_HALF = 0b010101;
const RIGHT_HALF = 0b101010;
const FULL = 0b111111;

function sextantCode(mask: number): number {
  if (mask === 0) return 0x20;
  if (mask === LEFT_HALF) return 0x258c;
  if (mask === RIGHT_HALF) return 0x2590;
  if (mask === FULL) return 0x2588;
  return FIRST + mask - 1 - (mask > LEFT_HALF ? 1 : 0) - (mask > RIGHT_HALF ? 1 : 0);
}

export const SEXTANT: BlockShape = {
  mode: 'sextant',
  pixelsAcross: 2,
  pixelsDown: 3,
  codes: Array.from({ length: 64 }, (_, mask) => sextantCode(mask)),
};
