/**
 * How irregularly one participant's packets arrive, and how much must be held because of it. Owns the
 * last arrivals; holds no sound.
 *
 * A packet's transit is its arrival minus its place in the stream; the least transit of the last
 * packets is the way without any jitter, and what is above it is lateness. The target is what makes
 * all but the very worst packets come in time.
 */
import { BLOCK_MS } from './output.js';

/** Bounds of the target. */
export const LEAST_TARGET_MS = 40;
export const MOST_TARGET_MS = 500;
/** About 10 s of 20 ms packets. */
const WINDOW_PACKETS = 512;
/** Packets that must come in time, of the window: all but three. */
const IN_TIME = 0.995;
/** A device asks for up to two blocks at once, when its timer was late. */
const MARGIN_MS = 2 * BLOCK_MS;
/** How fast the target falls when the way has become steady. */
const SHRINK_MS_PER_S = 10;
/** How often the target is set anew. */
const REVIEW_MS = 100;

export class ArrivalJitter {
  /** A ring. */
  readonly #transitsMs: number[] = [];
  #at = 0;
  #leastMs = Infinity;
  #targetMs = LEAST_TARGET_MS;
  #reviewedAtMs = -Infinity;

  /** How much is to be held just after a packet arrived on time; 40 to 500 ms. */
  get targetMs(): number {
    return this.#targetMs;
  }

  /**
   * Takes an arrival: the packet begins `mediaMs` into the stream and is `packetMs` long. Returns its
   * lateness in milliseconds.
   */
  observe(mediaMs: number, packetMs: number, nowMs: number): number {
    const transitMs = nowMs - mediaMs;
    this.#transitsMs[this.#at] = transitMs;
    this.#at = (this.#at + 1) % WINDOW_PACKETS;
    this.#leastMs = Math.min(this.#leastMs, transitMs);
    if (nowMs - this.#reviewedAtMs >= REVIEW_MS) this.#review(packetMs, nowMs);
    return transitMs - this.#leastMs;
  }

  /** The stream jumped: earlier arrivals tell nothing about later ones. The target stays. */
  restart(): void {
    this.#transitsMs.length = 0;
    this.#at = 0;
    this.#leastMs = Infinity;
  }

  #review(packetMs: number, nowMs: number): void {
    const sorted = this.#transitsMs.toSorted((one, other) => one - other);
    // The least of the window, not of all times: clocks drift apart.
    this.#leastMs = sorted[0] ?? Infinity;
    const most = sorted[Math.floor((sorted.length - 1) * IN_TIME)] ?? this.#leastMs;
    const wantedMs = most - this.#leastMs + packetMs + MARGIN_MS;
    const sinceMs = Math.min(1000, nowMs - this.#reviewedAtMs);
    const slowlyMs = this.#targetMs - (SHRINK_MS_PER_S * sinceMs) / 1000;
    this.#targetMs = Math.min(MOST_TARGET_MS, Math.max(LEAST_TARGET_MS, wantedMs, slowlyMs));
    this.#reviewedAtMs = nowMs;
  }
}
