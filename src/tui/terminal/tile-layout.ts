/**
 * Where the interface left room for pictures and meters. Owns finding the fill characters in a frame;
 * draws nothing.
 */
import type { CellRect } from '../pictures/picture-encoder.js';
import type { CellGrid } from './cell-grid.js';
import { SPACE } from './cell-grid.js';
import { METERS, METER_CODE_FIRST, PICTURE_CODE_FIRST, PICTURE_SLOTS } from './screen.js';

export interface Tile {
  readonly rect: CellRect;
  /** Indexes into the grid of the cells that are the picture's: what lies over it is left out. */
  readonly cells: readonly number[];
  /** Something lies over a part of it. */
  readonly masked: boolean;
}

/** A run of cells on one row. */
export interface MeterRun {
  readonly meter: number;
  readonly at: number;
  readonly columns: number;
}

export interface TileLayout {
  readonly tiles: ReadonlyMap<number, Tile>;
  readonly meters: readonly MeterRun[];
}

/** Finds the fills and turns them into spaces, which is what is shown without a picture. */
export function findTiles(grid: CellGrid): TileLayout {
  const found = new Map<number, number[]>();
  const meters: { meter: number; at: number; columns: number }[] = [];
  for (let at = 0; at < grid.code.length; at += 1) {
    const code = grid.code[at] ?? SPACE;
    if (code < PICTURE_CODE_FIRST || code >= METER_CODE_FIRST + METERS) continue;
    grid.code[at] = SPACE;
    if (code >= METER_CODE_FIRST) addMeter(meters, code - METER_CODE_FIRST, at, grid.columns);
    else if (code < PICTURE_CODE_FIRST + PICTURE_SLOTS) {
      const slot = code - PICTURE_CODE_FIRST;
      const cells = found.get(slot);
      if (cells === undefined) found.set(slot, [at]);
      else cells.push(at);
    }
  }
  const tiles = new Map<number, Tile>();
  for (const [slot, cells] of found) tiles.set(slot, tileOf(cells, grid.columns));
  return { tiles, meters };
}

function addMeter(
  meters: { meter: number; at: number; columns: number }[],
  meter: number,
  at: number,
  gridColumns: number,
): void {
  const last = meters.at(-1);
  const goesOn = last?.meter === meter && last.at + last.columns === at && at % gridColumns !== 0;
  if (last !== undefined && goesOn) last.columns += 1;
  else meters.push({ meter, at, columns: 1 });
}

function tileOf(cells: readonly number[], gridColumns: number): Tile {
  let left = gridColumns;
  let right = 0;
  for (const at of cells) {
    const column = at % gridColumns;
    if (column < left) left = column;
    if (column > right) right = column;
  }
  const top = Math.floor((cells[0] ?? 0) / gridColumns);
  const bottom = Math.floor((cells.at(-1) ?? 0) / gridColumns);
  const rect = { column: left, row: top, columns: right - left + 1, rows: bottom - top + 1 };
  return { rect, cells, masked: cells.length < rect.columns * rect.rows };
}
