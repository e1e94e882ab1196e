/**
 * All layers laid over each other: interface, pictures, meters. Owns the grid of what should be
 * shown; compares and sends nothing.
 */
import { kittyNumber } from '../pictures/kitty.js';
import { placeholderAt } from '../pictures/kitty-placeholders.js';
import type { ColourDepth } from '../pictures/picture-mode.js';
import type { TilePicture } from '../pictures/tile-picture.js';
import { CellGrid, DEFAULT_COLOUR, GraphemeTable, PALETTE } from './cell-grid.js';
import { PIXEL_CODE_FIRST } from './frame-writer.js';
import { drawInkFrame } from './ink-frame.js';
import type { Level } from './level-meter.js';
import { drawMeter } from './level-meter.js';
import { SgrStyle } from './sgr-style.js';
import type { VisibleTile } from './tile-layer.js';
import type { Tile, TileLayout } from './tile-layout.js';
import { findTiles } from './tile-layout.js';

const SILENT: Level = { level: 0, speaking: false };

export class Composition {
  readonly table = new GraphemeTable();
  readonly #depth: ColourDepth;
  readonly #placeholders: boolean;
  readonly #style: SgrStyle;
  readonly #levels = new Map<number, Level>();
  #interface: CellGrid;
  #next: CellGrid;
  #layout: TileLayout = { tiles: new Map(), meters: [] };
  #text = '';
  #generation = 0;

  /** `placeholders`: kitty's pictures stand in cells of their own (tmux). */
  constructor(columns: number, rows: number, depth: ColourDepth, placeholders: boolean) {
    this.#depth = depth;
    this.#placeholders = placeholders;
    this.#style = new SgrStyle(depth);
    this.#interface = new CellGrid(columns, rows);
    this.#next = new CellGrid(columns, rows);
  }

  get columns(): number {
    return this.#next.columns;
  }

  get rows(): number {
    return this.#next.rows;
  }

  get layout(): TileLayout {
    return this.#layout;
  }

  /** A new frame of the interface; the layout is then found anew. */
  setInterface(text: string): void {
    this.#text = text;
    this.#generation = this.table.generation;
    drawInkFrame(text, this.#interface, this.#style, this.table);
    this.#layout = findTiles(this.#interface);
  }

  /** Another size: the last frame is cut to it until the interface comes anew. */
  resize(columns: number, rows: number): void {
    this.#interface = new CellGrid(columns, rows);
    this.#next = new CellGrid(columns, rows);
    this.setInterface(this.#text);
  }

  setLevel(meter: number, level: Level): void {
    this.#levels.set(meter, level);
  }

  /** What should be shown now; the same grid each time. */
  compose(tiles: Iterable<VisibleTile>): CellGrid {
    if (this.table.generation !== this.#generation) this.setInterface(this.#text);
    this.#next.copyFrom(this.#interface);
    for (const { slot, tile, shown } of tiles) {
      if (shown !== undefined) this.#drawPicture(slot, tile, shown);
    }
    for (const run of this.#layout.meters) {
      drawMeter(this.#next, run, this.#levels.get(run.meter) ?? SILENT, this.#depth);
    }
    return this.#next;
  }

  #drawPicture(slot: number, { rect, cells }: Tile, picture: TilePicture): void {
    const { columns } = this.#next;
    const [left, top] = [rect.column + picture.column, rect.row + picture.row];
    for (const at of cells) {
      const column = (at % columns) - left;
      const row = Math.floor(at / columns) - top;
      if (column < 0 || row < 0 || column >= picture.columns || row >= picture.rows) continue;
      if (picture.cells === undefined) this.#coverCell(slot, at, column, row, picture);
      else this.#next.copyCell(at, picture.cells, row * picture.cells.columns + column);
    }
  }

  /** A cell under pixels: a space that stays as it is, or a kitty placeholder. */
  #coverCell(slot: number, at: number, column: number, row: number, picture: TilePicture): void {
    if (this.#placeholders && picture.need.encoder.mode === 'kitty') {
      const code = this.table.codeOf(placeholderAt(row, column));
      this.#next.set(at, code, PALETTE + kittyNumber(slot, 0, true), DEFAULT_COLOUR);
    } else this.#next.set(at, PIXEL_CODE_FIRST + slot, DEFAULT_COLOUR, DEFAULT_COLOUR);
  }
}
