/**
 * Quadrants: 2x2 pixels a cell. Owns the table of characters (Unicode, "Block Elements").
 */
import type { BlockShape } from './block-cells.js';

export const QUADRANT: BlockShape = {
  mode: 'quadrant',
  pixelsAcross: 2,
  pixelsDown: 2,
  codes: Array.from(' ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█', (character) => character.codePointAt(0) ?? 0x20),
};
