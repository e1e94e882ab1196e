/**
 * The round trip of a link that pictures or sound fill. Owns when it is asked for and the last few
 * answers; sends nothing itself.
 *
 *   RESTING ──frames were dropped, it is time──> DRAINING ──nothing under way──> ASKING ──pong──> RESTING
 *
 * A ping behind frames comes back late by the time that they take, so an answer counts only when
 * nothing was under way: the one at the beginning, and those for which writing is held for a moment.
 */

/** One answered ping. */
export interface RoundTrip {
  /** The ping's. */
  readonly id: number;
  readonly ms: number;
}

export interface RoundTripProbeOptions {
  readonly nowMs: number;
  /** Sends a ping; returns its id. */
  readonly ping: () => number;
  /** Whether all frames that were written have been acknowledged. */
  readonly isIdle: () => boolean;
}

/** Answers kept; the shortest counts. A route that has become longer is believed after so many. */
const SAMPLES = 6;
/** The first answer comes while programs start, and may be late: it is soon asked for again. */
const FIRST_AFTER_MS = 1000;
const EVERY_MS = 10_000;
/** A peer that acknowledges but doesn't answer is written to again. */
const ANSWER_MS = 2000;

export class RoundTripProbe {
  readonly #options: RoundTripProbeOptions;
  readonly #samples: number[] = [];
  #state: 'resting' | 'draining' | 'asking' = 'resting';
  #pingId: number | undefined;
  #nextMs: number;
  #askedAtMs = 0;

  constructor(options: RoundTripProbeOptions) {
    this.#options = options;
    this.#nextMs = options.nowMs + FIRST_AFTER_MS;
  }

  /** Nothing is to be written now. */
  get holds(): boolean {
    return this.#state !== 'resting';
  }

  /** In ms; 0 until the first answer. */
  get roundTripMs(): number {
    return this.#samples.length === 0 ? 0 : Math.min(...this.#samples);
  }

  /**
   * Begins when it is time and frames had to be `dropped`. Called at least once a second. True: nothing
   * is held any more, since no answer came.
   */
  tick(nowMs: number, dropped: boolean): boolean {
    const isGivenUp = this.#state === 'asking' && nowMs - this.#askedAtMs > ANSWER_MS;
    if (isGivenUp) this.#state = 'resting';
    if (this.#state === 'resting' && dropped && nowMs >= this.#nextMs) {
      this.#nextMs = nowMs + EVERY_MS;
      this.#state = 'draining';
    }
    this.acknowledged(nowMs);
    return isGivenUp;
  }

  /** Something was acknowledged, or is not waited for any more. */
  acknowledged(nowMs: number): void {
    if (this.#state !== 'draining' || !this.#options.isIdle()) return;
    this.#state = 'asking';
    this.#askedAtMs = nowMs;
    this.#pingId = this.#options.ping();
  }

  /** Takes an answer; true when it counts. Nothing is held then. */
  answered({ id, ms }: RoundTrip): boolean {
    const isAsked = this.#state === 'asking' && id === this.#pingId;
    if (!isAsked && this.#samples.length > 0) return false;
    if (isAsked) this.#state = 'resting';
    this.#samples.push(ms);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    return true;
  }
}
