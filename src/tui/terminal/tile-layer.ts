/**
 * The pictures of the tiles: which is shown, which comes next. Owns each visible tile's need, its
 * shown and its next picture, and the decoder; writes to no terminal.
 *
 *   JPEG ──> TileDecoder ──> next ──taken into a frame──> shown
 *                             │ a newer JPEG came while the terminal was busy: dropped
 */
import type { Clock } from '../../transport/clock.js';
import type { EncoderChoice } from '../pictures/encoder-choice.js';
import type { PictureEncoder, PixelEncoder, PixelSize } from '../pictures/picture-encoder.js';
import type { EncoderMode } from '../pictures/picture-mode.js';
import { TileDecoder } from '../pictures/tile-decoder.js';
import type { TileNeed, TilePicture } from '../pictures/tile-picture.js';
import { drawTile } from '../pictures/tile-picture.js';
import type { Tile } from './tile-layout.js';

export interface TileLayerOptions {
  readonly clock: Clock;
  readonly choice: EncoderChoice;
  readonly cell: PixelSize;
  readonly intervalMs: () => number;
  /** Whether the terminal can take a picture now. */
  readonly isOpen: () => boolean;
  /** A picture is ready to be shown. */
  readonly onReady: () => void;
}

/** A tile on the screen. */
export interface VisibleTile {
  readonly slot: number;
  tile: Tile;
  need: TileNeed;
  shown: TilePicture | undefined;
  next: TilePicture | undefined;
  /** Pixels of this encoder are on the screen. */
  drawnBy: PixelEncoder | undefined;
}

/** A picture to be sent, with the cursor at its first cell. */
export interface PixelPicture {
  readonly bytes: Buffer;
  readonly column: number;
  readonly row: number;
}

export class TileLayer {
  readonly #options: TileLayerOptions;
  readonly #decoder: TileDecoder<TilePicture>;
  readonly #visible = new Map<number, VisibleTile>();
  /** What is to be taken from the terminal: pixels of tiles that are gone. */
  #erasures: Buffer[] = [];
  readonly #painted = new Set<PixelEncoder>();

  constructor(options: TileLayerOptions) {
    this.#options = options;
    this.#decoder = new TileDecoder({
      clock: options.clock,
      intervalMs: options.intervalMs,
      mayDraw: (slot) => options.isOpen() && this.#wants(slot),
      draw: (slot, jpeg, turn) => this.#draw(slot, jpeg, turn),
      onDrawn: (slot, picture) => {
        this.#onDrawn(slot, picture);
      },
    });
  }

  get stats(): { readonly replaced: number; readonly broken: number } {
    return this.#decoder.stats;
  }

  get visible(): Iterable<VisibleTile> {
    return this.#visible.values();
  }

  tileOf(slot: number): Tile | undefined {
    return this.#visible.get(slot)?.tile;
  }

  /** The newest JPEG of a slot, whether or not it is visible now. */
  offer(slot: number, jpeg: Buffer): void {
    const visible = this.#visible.get(slot);
    // What waits for a busy terminal must not be older than what it will be shown with.
    if (visible?.next !== undefined && !this.#options.isOpen()) visible.next = undefined;
    this.#decoder.offer(slot, jpeg);
  }

  forget(slot: number): void {
    this.#decoder.forget(slot);
    const visible = this.#visible.get(slot);
    if (visible === undefined) return;
    this.#erase(visible);
    visible.shown = undefined;
    visible.next = undefined;
  }

  /** Forgets all pictures, visible or not. */
  forgetAll(): void {
    this.#decoder.forgetAll();
    for (const slot of this.#visible.keys()) this.forget(slot);
  }

  /** Makes the next pictures the shown ones; gives the bytes and places of those that are pixels. */
  takeNext(): PixelPicture[] {
    const pixels: PixelPicture[] = [];
    for (const visible of this.#visible.values()) {
      const { next, need, tile } = visible;
      if (next === undefined) continue;
      visible.next = undefined;
      // The bytes are sent once: neither memory nor shared memory holds them afterwards.
      visible.shown = { ...next, bytes: undefined };
      if (next.bytes === undefined || need.encoder.kind !== 'pixels') continue;
      visible.drawnBy = need.encoder;
      this.#painted.add(need.encoder);
      const [column, row] = [tile.rect.column + next.column, tile.rect.row + next.row];
      pixels.push({ bytes: next.bytes, column, row });
    }
    return pixels;
  }

  /** The terminal was blanked: pixels must be drawn again, cells are sent again anyhow. */
  redrawPixels(): void {
    for (const { slot, drawnBy } of this.#visible.values()) {
      if (drawnBy !== undefined) this.#decoder.redraw(slot);
    }
  }

  /** What takes all pixels away, and all shared memory with them. */
  eraseAll(): Buffer {
    return Buffer.concat([...this.#painted].map((encoder) => encoder.eraseAll()));
  }

  /** A new layout, a new mode or both. `lastRow` is the screen's last one. */
  arrange(tiles: ReadonlyMap<number, Tile>, mode: EncoderMode | 'none', lastRow: number): void {
    for (const [slot, visible] of this.#visible) {
      if (mode !== 'none' && tiles.has(slot)) continue;
      this.#erase(visible);
      this.#visible.delete(slot);
    }
    if (mode === 'none') return;
    for (const [slot, tile] of tiles) {
      this.#place(slot, tile, this.#needOf(slot, tile, mode, lastRow));
    }
    this.pump();
  }

  /** Starts drawing what may be drawn now. */
  pump(): void {
    this.#decoder.pump();
  }

  /** Sequences that take away what is no longer shown. */
  takeErasures(): Buffer[] {
    const erasures = this.#erasures;
    this.#erasures = [];
    return erasures;
  }

  async close(): Promise<void> {
    await this.#decoder.close();
  }

  #wants(slot: number): boolean {
    const visible = this.#visible.get(slot);
    return visible !== undefined && visible.next === undefined;
  }

  #draw(slot: number, jpeg: Buffer, turn: number): Promise<TilePicture> {
    const visible = this.#visible.get(slot);
    if (visible === undefined) return Promise.reject(new RangeError(`slot ${slot} has no tile`));
    return drawTile(jpeg, visible.need, turn);
  }

  #onDrawn(slot: number, picture: TilePicture): void {
    const visible = this.#visible.get(slot);
    if (visible === undefined) return;
    if (!isSameNeed(visible.need, picture.need)) {
      this.#decoder.redraw(slot);
      return;
    }
    visible.next = picture;
    this.#options.onReady();
  }

  #place(slot: number, tile: Tile, need: TileNeed): void {
    const visible = this.#visible.get(slot);
    if (visible === undefined) {
      const nothing = { shown: undefined, next: undefined, drawnBy: undefined };
      this.#visible.set(slot, { slot, tile, need, ...nothing });
      this.#decoder.redraw(slot);
      return;
    }
    visible.tile = tile;
    if (isSameNeed(visible.need, need)) return;
    if (visible.need.encoder !== need.encoder) this.#erase(visible);
    visible.need = need;
    visible.shown = undefined;
    visible.next = undefined;
    this.#decoder.redraw(slot);
  }

  #erase(visible: VisibleTile): void {
    if (visible.drawnBy !== undefined) this.#erasures.push(visible.drawnBy.erase(visible.slot));
    visible.drawnBy = undefined;
  }

  /** Pixels can't be drawn beside a dialog that lies over them, nor on the last row: it scrolls. */
  #needOf(slot: number, tile: Tile, mode: EncoderMode, lastRow: number): TileNeed {
    const { columns, row, rows } = tile.rect;
    const { choice, cell } = this.#options;
    const wished: PictureEncoder = choice.encoderFor(mode);
    const encoder = wished.kind === 'pixels' && tile.masked ? choice.cellEncoder() : wished;
    const onLastRow = encoder.kind === 'pixels' && row + rows - 1 >= lastRow && rows > 1;
    return { slot, columns, rows: onLastRow ? rows - 1 : rows, cell, encoder };
  }
}

function isSameNeed(one: TileNeed, other: TileNeed): boolean {
  return one.columns === other.columns && one.rows === other.rows && one.encoder === other.encoder;
}
