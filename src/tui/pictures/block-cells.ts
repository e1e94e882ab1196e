/**
 * What sextants, quadrants and braille share: cells of several pixels, two colours and one character
 * out of a table. Owns the walk over the cells; each table has a file of its own.
 */
import type { CellGrid } from '../terminal/cell-grid.js';
import { ATTRIBUTE, DEFAULT_COLOUR, SPACE } from '../terminal/cell-grid.js';
import { colourFor } from './palette.js';
import type { Bitmap, CellEncoder } from './picture-encoder.js';
import type { ColourDepth, EncoderMode } from './picture-mode.js';
import { TwoColours, litPixels } from './two-colours.js';

export interface BlockShape {
  readonly mode: EncoderMode;
  readonly pixelsAcross: number;
  readonly pixelsDown: number;
  /** Code point for each mask; bit n stands for pixel n, row by row. Mask 0 is a space. */
  readonly codes: readonly number[];
}

/** An encoder for a shape. With depth `none` it dithers into the default colours. */
export function blockEncoder(shape: BlockShape, depth: ColourDepth): CellEncoder {
  const { mode, pixelsAcross: across, pixelsDown: down, codes } = shape;
  const colours = new TwoColours();
  const drawCell = (bitmap: Bitmap, x: number, y: number, grid: CellGrid, at: number): void => {
    if (depth === 'none') {
      const lit = codes[litPixels(bitmap, x, y, across, down)] ?? SPACE;
      grid.set(at, lit, DEFAULT_COLOUR, DEFAULT_COLOUR, ATTRIBUTE.picture);
      return;
    }
    colours.split(bitmap, x, y, across, down);
    const [column, row] = [x / across, y / down];
    const background = colourFor(depth, 'background', colours.background, column, row);
    const foreground =
      colours.mask === 0
        ? DEFAULT_COLOUR
        : colourFor(depth, 'foreground', colours.foreground, column, row);
    grid.set(at, codes[colours.mask] ?? SPACE, foreground, background, ATTRIBUTE.picture);
  };
  return {
    kind: 'cells',
    mode,
    pixelsAcross: across,
    pixelsDown: down,
    encode(bitmap, grid, column, row) {
      eachCell(bitmap, across, down, grid, column, row, (x, y, at) => {
        drawCell(bitmap, x, y, grid, at);
      });
    },
  };
}

/** Calls `draw` with the first pixel and the grid's cell of each whole cell inside the grid. */
export function eachCell(
  { width, height }: Bitmap,
  across: number,
  down: number,
  grid: CellGrid,
  column: number,
  row: number,
  draw: (x: number, y: number, at: number) => void,
): void {
  if (width % across !== 0 || height % down !== 0) {
    throw new RangeError(
      `bitmap is ${width}x${height} pixels, cells take multiples of ${across}x${down}`,
    );
  }
  const columns = Math.min(width / across, grid.columns - column);
  const rows = Math.min(height / down, grid.rows - row);
  for (let r = 0; r < rows; r += 1) {
    for (let c = 0; c < columns; c += 1) {
      draw(c * across, r * down, (row + r) * grid.columns + column + c);
    }
  }
}
