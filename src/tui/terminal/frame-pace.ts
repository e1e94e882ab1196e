/**
 * When the next frame may be sent. Owns the frames that the terminal has not acknowledged and the
 * least time between two; sends nothing.
 *
 * SSH and the kernel hold seconds of frames if they are let: so only two are under way, and the next
 * one is drawn when one of them was worked through.
 */
import type { Clock } from '../../transport/clock.js';

/** Frames sent and not yet acknowledged. */
const WINDOW = 2;
/** Frames in a second: one tile, up to four, more (terminal.md, "Pace"). */
const ONE_TILE_FPS = 30;
const FEW_TILES = 4;
const FEW_TILES_FPS = 15;
const MANY_TILES_FPS = 8;
/** Keys and meters may be shown sooner than pictures. */
const INTERFACE_FPS = 60;
/** After so long without an answer a frame is let through: an answer can get lost (tmux detached). */
const PATIENCE_MS = 5000;
/** How long the end waits for the last answers: a slow link's round trip. */
const LAST_ANSWERS_MS = 500;
/** Weight of a new measurement in the smoothed time. */
const SMOOTHING = 0.2;

export class FramePace {
  readonly #acknowledges: boolean;
  readonly #sentAtMs: number[] = [];
  #lastAtMs = -Infinity;
  #smoothedMs: number | undefined;
  #tiles = 1;
  #onAnswered: () => void = () => undefined;

  /** A terminal that doesn't acknowledge is paced by its line alone. */
  constructor(acknowledges: boolean) {
    this.#acknowledges = acknowledges;
  }

  /** Pictures on the screen now. */
  setTiles(tiles: number): void {
    this.#tiles = tiles;
  }

  get unacknowledged(): number {
    return this.#sentAtMs.length;
  }

  get acknowledgedAfterMs(): number | undefined {
    return this.#smoothedMs;
  }

  /** Least time between two pictures. */
  get intervalMs(): number {
    if (this.#tiles <= 1) return 1000 / ONE_TILE_FPS;
    return 1000 / (this.#tiles <= FEW_TILES ? FEW_TILES_FPS : MANY_TILES_FPS);
  }

  /** Whether the terminal has worked through enough of what was sent. */
  isOpen(nowMs: number): boolean {
    if (this.#sentAtMs.length < WINDOW) return true;
    return nowMs - this.#lastAtMs >= PATIENCE_MS;
  }

  /** Time until the next frame is due, 0 when now; `urgent` is for what follows a key. */
  dueInMs(nowMs: number, urgent: boolean): number {
    const intervalMs = urgent ? 1000 / INTERFACE_FPS : this.intervalMs;
    return Math.max(0, this.#lastAtMs + intervalMs - nowMs);
  }

  /** Time until the patience ends, for a frame that waits while nothing is acknowledged. */
  patienceInMs(nowMs: number): number {
    return Math.max(0, this.#lastAtMs + PATIENCE_MS - nowMs);
  }

  sent(nowMs: number): void {
    this.#lastAtMs = nowMs;
    if (!this.#acknowledges) return;
    if (this.#sentAtMs.length >= WINDOW) this.#sentAtMs.shift();
    this.#sentAtMs.push(nowMs);
  }

  /** What has no answer yet will get none any more. */
  forget(): void {
    this.#sentAtMs.length = 0;
  }

  acknowledged(nowMs: number): void {
    const sentAtMs = this.#sentAtMs.shift();
    if (sentAtMs === undefined) return;
    const tookMs = nowMs - sentAtMs;
    const before = this.#smoothedMs ?? tookMs;
    this.#smoothedMs = before + (tookMs - before) * SMOOTHING;
    if (this.unacknowledged === 0) this.#onAnswered();
  }

  /** Resolves when all is acknowledged, or after a slow link's round trip. */
  async whenAnswered(clock: Clock): Promise<void> {
    if (this.unacknowledged === 0) return;
    const over = new AbortController();
    this.#onAnswered = () => {
      over.abort();
    };
    await clock.sleep(LAST_ANSWERS_MS, over.signal).catch(() => undefined);
  }
}
