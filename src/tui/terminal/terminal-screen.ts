/**
 * The only writer to the terminal while a dashboard is open. Owns taking the terminal, sending frames
 * and giving it back; when a frame is made, and of what, is asked of its parts.
 *
 *   showFrame, showLevel ──┐                        at most two unacknowledged,
 *   TileLayer.next ────────┼─> FrameMaker.next ─────────────────────────────────> terminal
 *                          └── nothing is queued: FrameSchedule has the newest state composed when
 *                              there is room
 */
import type { Clock } from '../../transport/clock.js';
import { EncoderChoice, resolveMode } from '../pictures/encoder-choice.js';
import type { CellRect } from '../pictures/picture-encoder.js';
import type { EncoderMode, PictureMode } from '../pictures/picture-mode.js';
import type { SharedMemory } from '../pictures/shared-memory.js';
import type { TerminalCapabilities } from './capabilities.js';
import { Composition } from './composition.js';
import type { FilteredInput } from './filtered-input.js';
import { FrameMaker } from './frame-maker.js';
import { FramePace } from './frame-pace.js';
import { FrameSchedule } from './frame-schedule.js';
import { LEAVE, LEAVE_CONSOLE } from './modes.js';
import type { Screen, ScreenFigures } from './screen.js';
import type { TerminalOutput } from './terminal-output.js';
import { TileLayer } from './tile-layer.js';

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
  readonly #pace: FramePace;
  readonly #tiles: TileLayer;
  readonly #maker: FrameMaker;
  readonly #schedule: FrameSchedule;
  readonly #sizeListeners = new Set<(columns: number, rows: number) => void>();
  readonly #stopReplies: () => void;
  #mode: PictureMode;
  #ended = false;
  /** The terminal is somebody else's for now. */
  #suspended = false;

  /** Takes the terminal at once: alternate screen, no cursor. */
  constructor(options: TerminalScreenOptions) {
    const { capabilities, columns, rows, clock } = options;
    this.#options = options;
    this.#mode = options.pictureMode;
    this.#choice = new EncoderChoice(capabilities, options.memory);
    const { colours, kittyPlaceholders } = capabilities;
    this.#composition = new Composition(columns, rows, colours, kittyPlaceholders);
    this.#pace = new FramePace(capabilities.acknowledges);
    this.#tiles = new TileLayer({
      clock,
      choice: this.#choice,
      cell: capabilities.cell,
      intervalMs: () => this.#pace.intervalMs,
      isOpen: () => !options.output.writing && this.#pace.isOpen(clock.now()),
      onReady: () => {
        this.#schedule.request(false);
      },
    });
    this.#maker = new FrameMaker({
      composition: this.#composition,
      tiles: this.#tiles,
      capabilities,
      threshold: options.threshold,
    });
    this.#schedule = new FrameSchedule({
      clock,
      pace: this.#pace,
      isBlocked: () => this.#ended || this.#suspended || options.output.writing,
      present: (nowMs) => {
        this.#present(nowMs);
      },
      onDue: () => {
        this.#goOn();
      },
    });
    this.#stopReplies = options.input.onReply((reply) => {
      if (reply.type === 'acknowledged') this.#onAcknowledged();
    });
    this.#schedule.request(true);
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
      ...this.#maker.figures,
      picturesReplaced: replaced,
      picturesBroken: broken,
      unacknowledged: this.#pace.unacknowledged,
      acknowledgedAfterMs: this.#pace.acknowledgedAfterMs,
    };
  }

  showFrame(text: string): void {
    this.#composition.setInterface(text);
    this.#arrange();
    this.#schedule.request(true);
  }

  showPicture(slot: number, jpeg: Buffer): void {
    this.#tiles.offer(slot, jpeg);
    this.#schedule.presentWhenDue();
  }

  clearPicture(slot: number): void {
    this.#tiles.forget(slot);
    this.#schedule.request(true);
  }

  clearPictures(): void {
    this.#tiles.forgetAll();
    this.#schedule.request(true);
  }

  showLevel(meter: number, level: number, speaking: boolean): void {
    this.#composition.setLevel(meter, { level, speaking });
    this.#schedule.request(false);
  }

  tileOf(slot: number): CellRect | undefined {
    return this.#composition.layout.tiles.get(slot)?.rect;
  }

  repaint(): void {
    this.#maker.repaint();
    this.#schedule.request(true);
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
    this.#maker.enter();
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
    // What was asked is answered before raw mode ends: the shell would take answers for typed.
    await this.#pace.whenAnswered(this.#options.clock);
    this.#stopReplies();
    await this.#options.output.close();
  }

  #leave(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#suspended) this.#giveBack();
  }

  #giveBack(): void {
    this.#schedule.stop();
    const leave = this.#options.capabilities.linuxConsole ? LEAVE_CONSOLE : LEAVE;
    this.#options.output.writeNow(`\x1b\\${this.#tiles.eraseAll().toString('latin1')}${leave}`);
    this.#options.memory?.removeAll();
  }

  #arrange(): void {
    const { layout, rows } = this.#composition;
    this.#pace.setTiles(layout.tiles.size);
    this.#tiles.arrange(layout.tiles, this.shownMode, rows - 1);
  }

  #onAcknowledged(): void {
    this.#pace.acknowledged(this.#options.clock.now());
    this.#goOn();
  }

  /** The terminal can take more: first what is newest is drawn, then sent. */
  #goOn(): void {
    if (this.#ended || this.#suspended) return;
    this.#tiles.pump();
    this.#schedule.presentWhenDue();
  }

  #present(nowMs: number): void {
    const frame = this.#maker.next();
    if (frame === undefined) {
      this.#tiles.pump();
      return;
    }
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
}
