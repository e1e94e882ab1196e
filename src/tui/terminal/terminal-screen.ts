/**
 * The only writer to the terminal while a dashboard is open. Owns when a frame is made of the layers
 * and sent, what the terminal shows, and giving the terminal back; decodes no picture itself.
 *
 *   showFrame, showLevel ──┐                     at most two unacknowledged,
 *   TileLayer.next ────────┼─> compose ─> differ ─────────────────────────> terminal
 *                          └── nothing is queued: the newest state is composed when there is room
 */
import type { Clock } from '../../transport/clock.js';
import { EncoderChoice, resolveMode } from '../pictures/encoder-choice.js';
import type { CellRect } from '../pictures/picture-encoder.js';
import type { EncoderMode, PictureMode } from '../pictures/picture-mode.js';
import type { SharedMemory } from '../pictures/shared-memory.js';
import type { TerminalCapabilities } from './capabilities.js';
import { CellGrid } from './cell-grid.js';
import { Composition } from './composition.js';
import type { FilteredInput } from './filtered-input.js';
import { FramePace } from './frame-pace.js';
import { FrameWriter } from './frame-writer.js';
import {
  ASK_STATUS,
  CLEAR_SCREEN,
  ENTER,
  FRAME_BEGIN,
  FRAME_END,
  LEAVE,
  LEAVE_CONSOLE,
} from './modes.js';
import type { Screen, ScreenFigures } from './screen.js';
import type { TerminalOutput } from './terminal-output.js';
import { TileLayer } from './tile-layer.js';

/** How far a channel of a picture's cell may be off, of 255 (terminal.md, "Picture encoders"). */
const THRESHOLD = 6;

/** How long the end waits for the last answers: a slow link's round trip. */
const LAST_ANSWERS_MS = 500;

export interface TerminalScreenOptions {
  readonly output: TerminalOutput;
  readonly input: FilteredInput;
  readonly capabilities: TerminalCapabilities;
  readonly columns: number;
  readonly rows: number;
  readonly clock: Clock;
  readonly pictureMode: PictureMode;
  readonly memory?: SharedMemory;
  /** 0 shows every change; 6 by default. */
  readonly threshold?: number;
  /** The terminal is gone or can't be written to; nothing more is sent. Called once. */
  readonly onGone: (fault: unknown) => void;
}

export class TerminalScreen implements Screen {
  readonly #options: TerminalScreenOptions;
  readonly #choice: EncoderChoice;
  readonly #composition: Composition;
  readonly #writer: FrameWriter;
  readonly #pace: FramePace;
  readonly #tiles: TileLayer;
  readonly #sizeListeners = new Set<(columns: number, rows: number) => void>();
  readonly #stopReplies: () => void;
  #sent: CellGrid;
  #generation = 0;
  #mode: PictureMode;
  #repaint = true;
  #dirty = true;
  #urgent = true;
  #ended = false;
  /** The terminal is somebody else's for now. */
  #suspended = false;
  /** It has to be taken with the next frame. */
  #mustEnter = true;
  #onAnswered: () => void = () => undefined;
  #cancelTimer: (() => void) | undefined;
  #frames = 0;
  #bytes = 0;

  /** Takes the terminal at once: alternate screen, no cursor. */
  constructor(options: TerminalScreenOptions) {
    const { capabilities, columns, rows, clock } = options;
    this.#options = options;
    this.#mode = options.pictureMode;
    this.#choice = new EncoderChoice(capabilities, options.memory);
    const { colours, kittyPlaceholders } = capabilities;
    this.#composition = new Composition(columns, rows, colours, kittyPlaceholders);
    this.#writer = new FrameWriter(this.#composition.table, options.threshold ?? THRESHOLD);
    this.#sent = new CellGrid(columns, rows);
    this.#pace = new FramePace(capabilities.acknowledges);
    this.#tiles = new TileLayer({
      clock,
      choice: this.#choice,
      cell: capabilities.cell,
      intervalMs: () => this.#pace.intervalMs,
      isOpen: () => !options.output.writing && this.#pace.isOpen(clock.now()),
      onReady: () => {
        this.#request(false);
      },
    });
    this.#stopReplies = options.input.onReply((reply) => {
      if (reply.type === 'acknowledged') this.#onAcknowledged();
    });
    this.#request(true);
    // The probe's questions may still be under way on a terminal that reads nothing.
    void options.output.idle().then(() => {
      this.#goOn();
    });
  }

  get columns(): number {
    return this.#composition.columns;
  }

  get rows(): number {
    return this.#composition.rows;
  }

  get able(): readonly EncoderMode[] {
    return this.#options.capabilities.able;
  }

  get pictureMode(): PictureMode {
    return this.#mode;
  }

  set pictureMode(mode: PictureMode) {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.#arrange();
    this.repaint();
  }

  get shownMode(): Exclude<PictureMode, 'auto'> {
    return resolveMode(this.#mode, this.able);
  }

  get figures(): ScreenFigures {
    const { replaced, broken } = this.#tiles.stats;
    return {
      frames: this.#frames,
      bytes: this.#bytes,
      picturesReplaced: replaced,
      picturesBroken: broken,
      unacknowledged: this.#pace.unacknowledged,
      acknowledgedAfterMs: this.#pace.acknowledgedAfterMs,
    };
  }

  showFrame(text: string): void {
    this.#composition.setInterface(text);
    this.#arrange();
    this.#request(true);
  }

  showPicture(slot: number, jpeg: Buffer): void {
    this.#tiles.offer(slot, jpeg);
    this.#presentWhenDue();
  }

  clearPicture(slot: number): void {
    this.#tiles.forget(slot);
    this.#request(true);
  }

  clearPictures(): void {
    this.#tiles.forgetAll();
    this.#request(true);
  }

  showLevel(meter: number, level: number, speaking: boolean): void {
    this.#composition.setLevel(meter, { level, speaking });
    this.#request(false);
  }

  tileOf(slot: number): CellRect | undefined {
    return this.#composition.layout.tiles.get(slot)?.rect;
  }

  repaint(): void {
    this.#repaint = true;
    this.#request(true);
  }

  /** The terminal has another size now. */
  resize(columns: number, rows: number): void {
    if (this.#ended || (columns === this.columns && rows === this.rows)) return;
    this.#composition.resize(columns, rows);
    this.#arrange();
    this.repaint();
    for (const listener of this.#sizeListeners) listener(columns, rows);
  }

  onResize(listener: (columns: number, rows: number) => void): () => void {
    this.#sizeListeners.add(listener);
    return () => {
      this.#sizeListeners.delete(listener);
    };
  }

  /** Gives the terminal back at once: for a crash, where nothing can be awaited. Idempotent. */
  restoreNow(): void {
    this.#leave();
    this.#options.output.takeAnswersNow(this.#pace.unacknowledged);
  }

  /** Gives the terminal back at once, until `resume`. */
  suspend(): void {
    if (this.#ended || this.#suspended) return;
    this.#suspended = true;
    this.#giveBack();
    this.#options.output.takeAnswersNow(this.#pace.unacknowledged);
  }

  /** Takes the terminal again and paints everything anew. */
  resume(): void {
    if (this.#ended) return;
    this.#suspended = false;
    this.#mustEnter = true;
    this.#pace.forget();
    this.#options.output.goOn();
    this.repaint();
  }

  async close(): Promise<void> {
    // A write that a thread has yet to begin would come after the terminal is given back.
    if (!this.#ended) await this.#options.output.cut();
    this.#leave();
    await this.#tiles.close();
    // Objects that an encoder put there after the removal above.
    this.#options.memory?.removeAll();
    await this.#lastAnswers();
    this.#stopReplies();
    await this.#options.output.close();
  }

  #leave(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#suspended) this.#giveBack();
  }

  #giveBack(): void {
    this.#cancelTimer?.();
    const leave = this.#options.capabilities.linuxConsole ? LEAVE_CONSOLE : LEAVE;
    this.#options.output.writeNow(`\x1b\\${this.#tiles.eraseAll().toString('latin1')}${leave}`);
    this.#options.memory?.removeAll();
  }

  /** What was asked is answered before raw mode ends: the shell would take answers for typed. */
  async #lastAnswers(): Promise<void> {
    if (this.#pace.unacknowledged === 0) return;
    const { clock } = this.#options;
    const over = new AbortController();
    this.#onAnswered = () => {
      if (this.#pace.unacknowledged === 0) over.abort();
    };
    await clock.sleep(LAST_ANSWERS_MS, over.signal).catch(() => undefined);
  }

  #arrange(): void {
    const { layout, rows } = this.#composition;
    this.#pace.setTiles(layout.tiles.size);
    this.#tiles.arrange(layout.tiles, this.shownMode, rows - 1);
  }

  #onAcknowledged(): void {
    this.#pace.acknowledged(this.#options.clock.now());
    this.#onAnswered();
    this.#goOn();
  }

  /** The terminal can take more: first what is newest is drawn, then sent. */
  #goOn(): void {
    if (this.#ended || this.#suspended) return;
    this.#tiles.pump();
    this.#presentWhenDue();
  }

  #request(urgent: boolean): void {
    this.#dirty = true;
    this.#urgent ||= urgent;
    this.#presentWhenDue();
  }

  #presentWhenDue(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#ended || this.#suspended || this.#options.output.writing) return;
    const nowMs = this.#options.clock.now();
    const isOpen = this.#pace.isOpen(nowMs);
    // Closed with nothing to present: pictures may wait to be drawn until the patience ends.
    if (isOpen && !this.#dirty) return;
    const waitMs = isOpen
      ? this.#pace.dueInMs(nowMs, this.#urgent)
      : this.#pace.patienceInMs(nowMs);
    if (waitMs === 0) this.#present(nowMs);
    else {
      this.#cancelTimer = this.#options.clock.after(waitMs, () => {
        this.#goOn();
      });
    }
  }

  #present(nowMs: number): void {
    this.#dirty = false;
    this.#urgent = false;
    const frame = this.#frame();
    if (frame === undefined) {
      this.#tiles.pump();
      return;
    }
    this.#frames += 1;
    this.#bytes += frame.length;
    this.#pace.sent(nowMs);
    this.#options.output.write(frame).then(
      () => {
        this.#goOn();
      },
      (fault: unknown) => {
        this.#onFault(fault);
      },
    );
  }

  #onFault(fault: unknown): void {
    // What was under way when the terminal was given back is cut off.
    if (this.#ended || this.#suspended) return;
    this.#leave();
    this.#options.onGone(fault);
  }

  /** The bytes from what is shown to what should be; undefined when they are the same. */
  #frame(): Buffer | undefined {
    const { synchronized, acknowledges } = this.#options.capabilities;
    const pixels = this.#tiles.takeNext();
    const next = this.#composition.compose(this.#tiles.visible);
    this.#writer.begin();
    if (this.#mustRepaint()) this.#blank(next);
    for (const erasure of this.#tiles.takeErasures()) this.#writer.command(erasure);
    this.#writer.difference(this.#sent, next);
    for (const { bytes, column, row } of pixels) this.#writer.raw(bytes, column, row);
    if (this.#writer.isEmpty) return undefined;
    return this.#writer.take(
      synchronized ? FRAME_BEGIN : '',
      (synchronized ? FRAME_END : '') + (acknowledges ? ASK_STATUS : ''),
    );
  }

  /** Also when the table of characters began again: numbers in cells mean others now. */
  #mustRepaint(): boolean {
    const { generation } = this.#composition.table;
    if (generation === this.#generation) return this.#repaint;
    this.#generation = generation;
    return true;
  }

  #blank(next: CellGrid): void {
    this.#repaint = false;
    this.#sent = new CellGrid(next.columns, next.rows);
    this.#writer.command(this.#mustEnter ? ENTER : CLEAR_SCREEN);
    this.#mustEnter = false;
    if (this.#frames > 0) this.#tiles.redrawPixels();
  }
}
