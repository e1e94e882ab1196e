/**
 * Half blocks: 1x2 pixels a cell, each with a colour of its own. Owns the encoder for every depth of
 * colour; without colours it dithers.
 */
import { ATTRIBUTE, DEFAULT_COLOUR, SPACE, rgbColour } from '../terminal/cell-grid.js';
import { blockEncoder, eachCell } from './block-cells.js';
import type { ColourPlace } from './palette.js';
import { colourFor } from './palette.js';
import type { CellEncoder } from './picture-encoder.js';
import type { ColourDepth } from './picture-mode.js';

const UPPER_HALF = 0x2580;
const LOWER_HALF = 0x2584;
const FULL = 0x2588;

/** An encoder for terminals of this depth of colour. */
export function halfEncoder(depth: ColourDepth): CellEncoder {
  const shape = { mode: 'half', pixelsAcross: 1, pixelsDown: 2 } as const;
  if (depth === 'none') {
    return blockEncoder({ ...shape, codes: [SPACE, UPPER_HALF, LOWER_HALF, FULL] }, depth);
  }
  return {
    kind: 'cells',
    ...shape,
    encode(bitmap, grid, column, row) {
      const { rgb, width } = bitmap;
      // Without a triple for each pixel: true colours are most of the work of a picture.
      const trueColour = (at: number): number =>
        rgbColour(rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0);
      const nearest = (place: ColourPlace, at: number, x: number, y: number): number =>
        colourFor(depth, place, [rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0], x, y);
      const isTrue = depth === 'truecolour';
      eachCell(bitmap, 1, 2, grid, column, row, (x, y, at) => {
        const first = (y * width + x) * 3;
        const second = first + width * 3;
        const upper = isTrue ? trueColour(first) : nearest('background', first, x, y);
        const lower = isTrue ? trueColour(second) : nearest('foreground', second, x, y + 1);
        if (upper === lower) grid.set(at, SPACE, DEFAULT_COLOUR, upper, ATTRIBUTE.picture);
        else grid.set(at, LOWER_HALF, lower, upper, ATTRIBUTE.picture);
      });
    },
  };
}
