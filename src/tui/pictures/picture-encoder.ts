/**
 * What turns a picture into what a terminal shows: cells for the compositor's grid, or bytes for a
 * rectangle. Owns the interfaces; each encoder has a file of its own.
 */
import type { CellGrid } from '../terminal/cell-grid.js';
import type { EncoderMode } from './picture-mode.js';

/** Pixels: red, green, blue, a byte each, row by row without padding. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** A rectangle of cells; columns and rows count from 0 at the top left of the screen. */
export interface CellRect {
  readonly column: number;
  readonly row: number;
  readonly columns: number;
  readonly rows: number;
}

/** Sizes in pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** Draws with characters; `pixelsAcross` x `pixelsDown` pixels become one cell. */
export interface CellEncoder {
  readonly kind: 'cells';
  readonly mode: EncoderMode;
  readonly pixelsAcross: number;
  readonly pixelsDown: number;
  /**
   * Writes a bitmap of `columns * pixelsAcross` by `rows * pixelsDown` pixels into the grid, its
   * top left cell at `column`, `row`. Throws a RangeError when the bitmap does not end on whole
   * cells; cells beyond the grid are left out.
   */
  encode(bitmap: Bitmap, grid: CellGrid, column: number, row: number): void;
}

/** Where and as what a pixel encoder draws. */
export interface PixelPlace {
  /** A number of the tile, from 0 to 99: kitty's picture numbers are made of it. */
  readonly slot: number;
  readonly columns: number;
  readonly rows: number;
  /** Counts the pictures of a slot; kitty changes between two numbers. */
  readonly turn: number;
}

/** A picture as pixel encoders take it; which of both is said by `input`. */
export type PixelInput =
  | { readonly input: 'rgb'; readonly bitmap: Bitmap }
  | { readonly input: 'jpeg'; readonly jpeg: Buffer };

/** Draws pixels: gives bytes that a terminal takes with its cursor at the rectangle's top left. */
export interface PixelEncoder {
  readonly kind: 'pixels';
  readonly mode: EncoderMode;
  readonly input: PixelInput['input'];
  /** Most pixels worth sending for a rectangle of so many screen pixels. */
  wanted(onScreen: PixelSize): PixelSize;
  /** Long work is cut into parts of a few milliseconds. Rejects when `picture` is not `input`. */
  encode(picture: PixelInput, place: PixelPlace): Promise<Buffer>;
  /** Takes away what was drawn for a slot; empty where text over it does so. */
  erase(slot: number): Buffer;
  /** Takes away everything and frees what lies outside the terminal (shared memory). */
  eraseAll(): Buffer;
}

export type PictureEncoder = CellEncoder | PixelEncoder;
