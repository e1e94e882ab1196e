/**
 * Whole cells: one pixel a cell, in ASCII alone, for terminals that do not read UTF-8. Owns the encoder;
 * it stands in for every other one that draws with characters.
 */
import { SPACE } from '../terminal/cell-grid.js';
import type { BlockShape } from './block-cells.js';

/** A space is all background; without colours the lit cells are number signs. */
export const WHOLE: BlockShape = {
  mode: 'half',
  pixelsAcross: 1,
  pixelsDown: 1,
  codes: [SPACE, 0x23],
};
