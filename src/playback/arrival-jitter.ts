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
/**
 * Of a young stream the newer half counts: the first packets come while programs still load and
 * sockets open on both sides, and tell nothing of the way.
 */
const YOUNG_SHARE = 0.5;
const LEAST_WINDOW_PACKETS = 25;
/** Packets that must come in time, of the window: all but three. */
const IN_TIME = 0.995;
/** A device asks for up to two blocks at once, when its timer was late. */
const MARGIN_MS = 2 * BLOCK_MS;
/**
 * How fast the target falls when the way has become steady: by half of what is too much each second,
 * within these bounds. What is held follows in pauses, so that no faster one would be heard sooner.
 */
const SHRINK_SHARE_PER_S = 0.5;
const LEAST_SHRINK_MS_PER_S = 10;
const MOST_SHRINK_MS_PER_S = 40;
/** How often the target is set anew. */
const REVIEW_MS = 100;

export class ArrivalJitter {
  /** A ring of the last ones. */
  readonly #transitsMs: number[] = [];
  /** Since the start or a jump. */
  #observed = 0;
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
    this.#transitsMs[this.#observed % WINDOW_PACKETS] = transitMs;
    this.#observed += 1;
    this.#leastMs = Math.min(this.#leastMs, transitMs);
    if (nowMs - this.#reviewedAtMs >= REVIEW_MS) this.#review(packetMs, nowMs);
    return transitMs - this.#leastMs;
  }

  /** The stream jumped: earlier arrivals tell nothing about later ones. The target stays. */
  restart(): void {
    this.#transitsMs.length = 0;
    this.#observed = 0;
    this.#leastMs = Infinity;
  }

  #review(packetMs: number, nowMs: number): void {
    const sorted = this.#window().sort((one, other) => one - other);
    // The least of the window, not of all times: clocks drift apart.
    this.#leastMs = sorted[0] ?? Infinity;
    const most = sorted[Math.floor((sorted.length - 1) * IN_TIME)] ?? this.#leastMs;
    const wantedMs = most - this.#leastMs + packetMs + MARGIN_MS;
    const slowlyMs = this.#targetMs - this.#shrinkMs(wantedMs, nowMs - this.#reviewedAtMs);
    this.#targetMs = Math.min(MOST_TARGET_MS, Math.max(LEAST_TARGET_MS, wantedMs, slowlyMs));
    this.#reviewedAtMs = nowMs;
  }

  /** The transits that count, in any order. */
  #window(): number[] {
    const young = Math.max(LEAST_WINDOW_PACKETS, Math.ceil(this.#observed * YOUNG_SHARE));
    const count = Math.min(WINDOW_PACKETS, this.#observed, young);
    const first = this.#observed - count;
    return Array.from(
      { length: count },
      (_, index) => this.#transitsMs[(first + index) % WINDOW_PACKETS] ?? 0,
    );
  }

  #shrinkMs(wantedMs: number, sinceMs: number): number {
    const share = (this.#targetMs - wantedMs) * SHRINK_SHARE_PER_S;
    const perSecond = Math.min(MOST_SHRINK_MS_PER_S, Math.max(LEAST_SHRINK_MS_PER_S, share));
    return (perSecond * Math.min(1000, sinceMs)) / 1000;
  }
}
