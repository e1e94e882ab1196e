/**
 * Where everything goes on a screen of a given size: the grid, the side panel, what is left out when
 * there is little room. Owns the arithmetic; draws nothing.
 *
 *   ┌ header ──────────────────────────────┐
 *   │ tile        tile       │ people      │
 *   │ caption     caption    │ chat        │
 *   └ footer ──────────────────────────────┘
 */

/** Below this, names and meters only. */
export const SMALLEST_COLUMNS = 40;
export const SMALLEST_ROWS = 10;
/** A picture on fewer cells tells nothing: with its caption a tile is at least so large. */
const TILE_COLUMNS_MIN = 24;
const TILE_ROWS_MIN = 7;
/** Number keys reach nine tiles, and more are too small to tell apart on common screens. */
export const TILES_A_PAGE_MAX = 9;
/** The side panel stands beside the tiles from here on; else it is shown in their place on request. */
const SIDE_FROM_COLUMNS = 72;
const SIDE_COLUMNS_MIN = 24;
const SIDE_COLUMNS_MAX = 36;
/** A picture of 16:9 on cells that are twice as high as wide. */
const PICTURE_CELL_ASPECT = (16 / 9) * 2;

export interface LayoutWish {
  readonly columns: number;
  readonly rows: number;
  readonly tiles: number;
  readonly zoomed: boolean;
  /** Wanted panels; undefined: as the width allows. */
  readonly roster: boolean | undefined;
  readonly chat: boolean | undefined;
}

export interface Layout {
  /** `nothing`: no cell at all; `names`: too small for pictures. */
  readonly kind: 'nothing' | 'names' | 'full';
  readonly columns: number;
  readonly rows: number;
  /** Rows between header and footer. */
  readonly mainRows: number;
  /** Columns of the tiles; 0 when a panel stands in their place. */
  readonly mainColumns: number;
  /** Columns of the side panel, its line included; 0: none. */
  readonly sideColumns: number;
  readonly rosterRows: number;
  readonly chatRows: number;
  readonly grid: Grid;
}

export interface Grid {
  readonly across: number;
  readonly down: number;
  /** Of one tile, its caption included. */
  readonly tileColumns: number;
  readonly tileRows: number;
  readonly tilesAPage: number;
  readonly pages: number;
}

export function layoutOf(wish: LayoutWish): Layout {
  const { columns, rows } = wish;
  const kind =
    columns < 1 || rows < 1
      ? 'nothing'
      : columns < SMALLEST_COLUMNS || rows < SMALLEST_ROWS
        ? 'names'
        : 'full';
  const mainRows = Math.max(0, rows - 2);
  const side = kind === 'full' ? sideOf(wish, mainRows) : NO_SIDE;
  const mainColumns = Math.max(0, columns - side.sideColumns);
  const grid =
    kind === 'full' && mainColumns > 0
      ? // One column stands between the tiles and the panel.
        gridOf(wish, mainColumns - (side.sideColumns > 0 ? 1 : 0), mainRows)
      : NO_GRID;
  return { kind, columns, rows, mainRows, mainColumns, ...side, grid };
}

const NO_SIDE = { sideColumns: 0, rosterRows: 0, chatRows: 0 };
const NO_GRID: Grid = {
  across: 0,
  down: 0,
  tileColumns: 0,
  tileRows: 0,
  tilesAPage: 0,
  pages: 1,
};

function sideOf(wish: LayoutWish, mainRows: number): typeof NO_SIDE {
  const beside = wish.columns >= SIDE_FROM_COLUMNS;
  const roster = wish.roster ?? (beside && !wish.zoomed);
  const chat = wish.chat ?? (beside && !wish.zoomed);
  if (!roster && !chat) return NO_SIDE;
  const share = Math.floor(wish.columns / 4);
  const sideColumns = beside
    ? Math.min(SIDE_COLUMNS_MAX, Math.max(SIDE_COLUMNS_MIN, share))
    : wish.columns;
  if (!chat) return { sideColumns, rosterRows: mainRows, chatRows: 0 };
  if (!roster) return { sideColumns, rosterRows: 0, chatRows: mainRows };
  const rosterRows = Math.ceil(mainRows / 2);
  return { sideColumns, rosterRows, chatRows: mainRows - rosterRows };
}

/** The grid that gives pictures the most room. */
function gridOf({ tiles, zoomed }: LayoutWish, columns: number, rows: number): Grid {
  const most = zoomed ? 1 : Math.max(1, Math.min(tiles, TILES_A_PAGE_MAX));
  for (let count = most; count > 1; count -= 1) {
    const best = bestShape(count, columns, rows);
    if (best !== undefined) return withPages(best, count, tiles);
  }
  return withPages({ across: 1, down: 1, tileColumns: columns, tileRows: rows }, 1, tiles);
}

type Shape = Pick<Grid, 'across' | 'down' | 'tileColumns' | 'tileRows'>;

function bestShape(count: number, columns: number, rows: number): Shape | undefined {
  let best: Shape | undefined;
  let bestArea = 0;
  for (let across = 1; across <= count; across += 1) {
    const down = Math.ceil(count / across);
    // One column stands between two tiles.
    const tileColumns = Math.floor((columns - (across - 1)) / across);
    const tileRows = Math.floor(rows / down);
    if (tileColumns < TILE_COLUMNS_MIN || tileRows < TILE_ROWS_MIN) continue;
    const width = Math.min(tileColumns, (tileRows - 1) * PICTURE_CELL_ASPECT);
    if (width <= bestArea) continue;
    bestArea = width;
    best = { across, down, tileColumns, tileRows };
  }
  return best;
}

function withPages(shape: Shape, count: number, tiles: number): Grid {
  return { ...shape, tilesAPage: count, pages: Math.max(1, Math.ceil(tiles / count)) };
}
