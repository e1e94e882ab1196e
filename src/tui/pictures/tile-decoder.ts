/**
 * Which tile's picture is drawn when. Owns the newest JPEG of each slot and the two places where
 * pictures are drawn; knows no terminal.
 *
 *   offer(slot) ──> [ newest ] ──pace, 2 at a time──> draw ──> onDrawn(slot)
 *                     │ replaced: counted
 *
 * A slot is drawn at most once in `intervalMs`, and only while `mayDraw` says that what is drawn can
 * be shown: so that what is shown is always the newest, not what waited.
 */
import type { Clock } from '../../transport/clock.js';

/** Pictures that are drawn at the same time, over all tiles. */
const AT_ONCE = 2;
/** Pictures come a little early or late; so much of the interval is enough. */
const EARLY = 0.8;

export interface TileDecoderOptions<Drawn> {
  readonly clock: Clock;
  readonly draw: (slot: number, jpeg: Buffer, turn: number) => Promise<Drawn>;
  readonly onDrawn: (slot: number, drawn: Drawn) => void;
  /** Least time between two pictures of a slot. */
  readonly intervalMs: () => number;
  readonly mayDraw: (slot: number) => boolean;
}

interface Slot {
  /** Kept after it was drawn: a new size or mode draws it again. */
  jpeg: Buffer;
  waiting: boolean;
  drawing: boolean;
  startedAtMs: number;
  turn: number;
}

export class TileDecoder<Drawn> {
  readonly #options: TileDecoderOptions<Drawn>;
  readonly #slots = new Map<number, Slot>();
  readonly #running = new Set<Promise<void>>();
  #cancelTimer: (() => void) | undefined;
  #closed = false;
  #replaced = 0;
  #broken = 0;

  constructor(options: TileDecoderOptions<Drawn>) {
    this.#options = options;
  }

  /** Pictures that a newer one replaced, and those that could not be drawn. */
  get stats(): { readonly replaced: number; readonly broken: number } {
    return { replaced: this.#replaced, broken: this.#broken };
  }

  has(slot: number): boolean {
    return this.#slots.has(slot);
  }

  /** Whether a picture waits that is newer than what was drawn. */
  isWaiting(slot: number): boolean {
    return this.#slots.get(slot)?.waiting ?? false;
  }

  /** The newest picture of a slot; not copied, kept until the next. */
  offer(slot: number, jpeg: Buffer): void {
    if (this.#closed) return;
    const known = this.#slots.get(slot);
    if (known === undefined) {
      const startedAtMs = -Infinity;
      this.#slots.set(slot, { jpeg, waiting: true, drawing: false, startedAtMs, turn: 0 });
    } else {
      if (known.waiting) this.#replaced += 1;
      known.jpeg = jpeg;
      known.waiting = true;
    }
    this.pump();
  }

  /** Draws a slot's picture again: its size or the mode is another. At once, beside the pace. */
  redraw(slot: number): void {
    const known = this.#slots.get(slot);
    if (known === undefined) return;
    known.waiting = true;
    known.startedAtMs = -Infinity;
    this.pump();
  }

  forget(slot: number): void {
    this.#slots.delete(slot);
  }

  forgetAll(): void {
    this.#slots.clear();
  }

  /** Starts what may start now: called when `mayDraw` may have changed its answer. */
  pump(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#closed) return;
    const nowMs = this.#options.clock.now();
    let nextMs = Infinity;
    for (const [number, slot] of this.#slots) {
      if (this.#running.size >= AT_ONCE) return; // its end pumps again
      if (!slot.waiting || slot.drawing || !this.#options.mayDraw(number)) continue;
      const dueMs = slot.startedAtMs + this.#options.intervalMs() * EARLY;
      if (dueMs <= nowMs) this.#start(number, slot, nowMs);
      else nextMs = Math.min(nextMs, dueMs);
    }
    if (nextMs === Infinity) return;
    this.#cancelTimer = this.#options.clock.after(Math.max(1, nextMs - nowMs), () => {
      this.pump();
    });
  }

  /** Starts nothing more; resolves when what was under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#slots.clear();
    await Promise.all(this.#running);
  }

  #start(number: number, slot: Slot, nowMs: number): void {
    slot.waiting = false;
    slot.drawing = true;
    slot.startedAtMs = nowMs;
    slot.turn += 1;
    // Turns go to the tile that has waited longest: a Map keeps the order of insertion.
    this.#slots.delete(number);
    this.#slots.set(number, slot);
    const run = this.#draw(number, slot).finally(() => {
      slot.drawing = false;
      this.#running.delete(run);
      this.pump();
    });
    this.#running.add(run);
  }

  async #draw(number: number, slot: Slot): Promise<void> {
    const drawn = await this.#options.draw(number, slot.jpeg, slot.turn).catch(() => undefined);
    if (drawn === undefined) this.#broken += 1;
    // Forgotten or given to another picture while it was drawn.
    else if (this.#slots.get(number) === slot) this.#options.onDrawn(number, drawn);
  }
}
