/**
 * How many frames a second a peer takes of a stream that is too much for it. Owns one sample a second.
 */
import type { OutboxFlow } from './outbox.js';

const SAMPLE_MS = 1000;
/** Once may be by chance, when two frames come at once. */
const TIMES_LEAST = 2;

export class TakenRate {
  #sinceMs: number;
  #acknowledged = 0;
  /** How often it was too slow. */
  #times = 0;
  #framesPerSecond = Infinity;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Infinity while it takes everything. */
  get framesPerSecond(): number {
    return this.#framesPerSecond;
  }

  /** Whether frames had to wait or were dropped in the newest sample. */
  get isExceeded(): boolean {
    return this.#framesPerSecond < Infinity;
  }

  /** True: a sample was taken, since the last one is a second old. */
  sample(nowMs: number, flow: OutboxFlow): boolean {
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs < SAMPLE_MS) return false;
    const taken = ((flow.acknowledged - this.#acknowledged) * 1000) / elapsedMs;
    const times = flow.atWindow + flow.dropped - this.#times;
    this.#framesPerSecond = times < TIMES_LEAST ? Infinity : taken;
    this.beginAgain(nowMs, flow);
    return true;
  }

  /** What was held back on purpose until now says nothing. */
  beginAgain(nowMs: number, { acknowledged, atWindow, dropped }: OutboxFlow): void {
    this.#sinceMs = nowMs;
    this.#acknowledged = acknowledged;
    this.#times = atWindow + dropped;
  }
}
