/**
 * From a JPEG to what a tile shows: its place inside the tile, then cells or bytes by an encoder.
 * Owns that one step; keeps no picture and knows no other tile.
 */
import { CellGrid } from '../terminal/cell-grid.js';
import { decodePicture, fitPicture, pictureSize } from './jpeg-picture.js';
import type { CellEncoder, PictureEncoder, PixelEncoder, PixelSize } from './picture-encoder.js';

/** What a tile needs a picture for. */
export interface TileNeed {
  readonly slot: number;
  /** Size of the tile in cells. */
  readonly columns: number;
  readonly rows: number;
  /** Size of a cell in pixels: the shape of the picture depends on it. */
  readonly cell: PixelSize;
  readonly encoder: PictureEncoder;
}

/** A picture ready to be shown, centred in its tile. */
export interface TilePicture {
  readonly need: TileNeed;
  /** First column and row inside the tile, and the size in cells. */
  readonly column: number;
  readonly row: number;
  readonly columns: number;
  readonly rows: number;
  /** One of both, as the encoder has it. */
  readonly cells: CellGrid | undefined;
  readonly bytes: Buffer | undefined;
}

/** The largest size in cells of a picture's shape inside a tile; at least 1x1. */
export function fitCells(
  picture: PixelSize,
  tile: { readonly columns: number; readonly rows: number },
  cell: PixelSize,
): { columns: number; rows: number } {
  const across = (tile.columns * cell.width) / picture.width;
  const down = (tile.rows * cell.height) / picture.height;
  const scale = Math.min(across, down);
  const columns = Math.round((picture.width * scale) / cell.width);
  const rows = Math.round((picture.height * scale) / cell.height);
  return {
    columns: Math.min(tile.columns, Math.max(1, columns)),
    rows: Math.min(tile.rows, Math.max(1, rows)),
  };
}

/** Decodes and encodes; `turn` counts a slot's pictures. Rejects for a JPEG that can't be read. */
export async function drawTile(jpeg: Buffer, need: TileNeed, turn: number): Promise<TilePicture> {
  const from = await pictureSize(jpeg);
  const size = fitCells(from, need, need.cell);
  const place = {
    column: Math.floor((need.columns - size.columns) / 2),
    row: Math.floor((need.rows - size.rows) / 2),
    ...size,
  };
  const { encoder } = need;
  if (encoder.kind === 'cells') {
    return { need, ...place, cells: await drawCells(jpeg, size, encoder), bytes: undefined };
  }
  const input = await pixelInput(jpeg, from, size, need.cell, encoder);
  const bytes = await encoder.encode(input, { slot: need.slot, ...size, turn });
  return { need, ...place, cells: undefined, bytes };
}

async function drawCells(
  jpeg: Buffer,
  { columns, rows }: { columns: number; rows: number },
  encoder: CellEncoder,
): Promise<CellGrid> {
  const bitmap = await decodePicture(jpeg, {
    width: columns * encoder.pixelsAcross,
    height: rows * encoder.pixelsDown,
  });
  const cells = new CellGrid(columns, rows);
  encoder.encode(bitmap, cells, 0, 0);
  return cells;
}

async function pixelInput(
  jpeg: Buffer,
  from: PixelSize,
  { columns, rows }: { columns: number; rows: number },
  cell: PixelSize,
  encoder: PixelEncoder,
): Promise<Parameters<PixelEncoder['encode']>[0]> {
  const wanted = encoder.wanted({ width: columns * cell.width, height: rows * cell.height });
  if (encoder.input === 'jpeg') {
    return { input: 'jpeg', jpeg: await fitPicture(jpeg, from, wanted) };
  }
  return { input: 'rgb', bitmap: await decodePicture(jpeg, wanted) };
}
