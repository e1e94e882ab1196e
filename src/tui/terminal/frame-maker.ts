/**
 * What the terminal shows, and the bytes from there to what it should show. Owns the cells that were sent
 * last and when everything is painted anew; decides no time and writes nothing.
 */
import type { TerminalCapabilities } from './capabilities.js';
import { CellGrid } from './cell-grid.js';
import type { Composition } from './composition.js';
import { FrameWriter } from './frame-writer.js';
import { ASK_STATUS, CLEAR_SCREEN, ENTER, FRAME_BEGIN, FRAME_END } from './modes.js';
import type { TileLayer } from './tile-layer.js';

/** How far a channel of a picture's cell may be off, of 255 (terminal.md, "Picture encoders"). */
const THRESHOLD = 6;

export interface FrameMakerOptions {
  readonly composition: Composition;
  readonly tiles: TileLayer;
  readonly capabilities: TerminalCapabilities;
  /** 0 sends every change; 6 by default. */
  readonly threshold: number | undefined;
}

export class FrameMaker {
  readonly #options: FrameMakerOptions;
  readonly #writer: FrameWriter;
  #sent: CellGrid;
  #generation = 0;
  #repaint = true;
  /** The terminal has to be taken with the next frame. */
  #mustEnter = true;
  #frames = 0;
  #bytes = 0;

  constructor(options: FrameMakerOptions) {
    const { composition, threshold, capabilities } = options;
    this.#options = options;
    this.#writer = new FrameWriter(composition.table, threshold ?? THRESHOLD, !capabilities.utf8);
    this.#sent = new CellGrid(composition.columns, composition.rows);
  }

  /** Made so far: all of them were sent. */
  get figures(): { readonly frames: number; readonly bytes: number } {
    return { frames: this.#frames, bytes: this.#bytes };
  }

  /** The next frame paints everything, whatever is shown. */
  repaint(): void {
    this.#repaint = true;
  }

  /** The terminal was given back: the next frame takes it again, and paints everything. */
  enter(): void {
    this.#mustEnter = true;
    this.repaint();
  }

  /** The bytes from what is shown to what should be; undefined when they are the same. */
  next(): Buffer | undefined {
    const { tiles, composition, capabilities } = this.#options;
    const { synchronized, acknowledges } = capabilities;
    const pixels = tiles.takeNext();
    const next = composition.compose(tiles.visible);
    this.#writer.begin();
    if (this.#mustRepaint()) this.#blank(next);
    for (const erasure of tiles.takeErasures()) this.#writer.command(erasure);
    this.#writer.difference(this.#sent, next);
    for (const { bytes, column, row } of pixels) this.#writer.raw(bytes, column, row);
    if (this.#writer.isEmpty) return undefined;
    const frame = this.#writer.take(
      synchronized ? FRAME_BEGIN : '',
      (synchronized ? FRAME_END : '') + (acknowledges ? ASK_STATUS : ''),
    );
    this.#frames += 1;
    this.#bytes += frame.length;
    return frame;
  }

  /** Also when the table of characters began again: numbers in cells mean others now. */
  #mustRepaint(): boolean {
    const { generation } = this.#options.composition.table;
    if (generation === this.#generation) return this.#repaint;
    this.#generation = generation;
    return true;
  }

  #blank(next: CellGrid): void {
    this.#repaint = false;
    this.#sent = new CellGrid(next.columns, next.rows);
    this.#writer.command(this.#mustEnter ? ENTER : CLEAR_SCREEN);
    this.#mustEnter = false;
    if (this.#frames > 0) this.#options.tiles.redrawPixels();
  }
}
