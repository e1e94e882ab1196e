/**
 * The figures of one stream as a viewer gets it: rate, bytes, ages, losses. Owns fixed-size samples.
 */
import type { Frame } from '../transport/frame.js';
import { isAfter } from '../transport/outbox.js';

/** Ages kept for the percentiles. */
const AGES = 128;
const SEQUENCE_SPAN = 0x1_0000_0000;
/** Rates are of at least so long, in ms. */
const LEAST_SAMPLE_MS = 500;

export interface MeterFigures {
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly ageP50Ms: number;
  readonly ageP95Ms: number;
  readonly dropped: number;
}

export class StreamMeter {
  readonly #ages = new Float64Array(AGES);
  #seen = 0;
  #frames = 0;
  #bytes = 0;
  #dropped = 0;
  #expected: number | undefined;
  #sampledAtMs: number;
  #rates = { framesPerSecond: 0, bytesPerSecond: 0 };

  constructor(nowMs: number) {
    this.#sampledAtMs = nowMs;
  }

  count(frame: Frame, ageMs: number): void {
    // The first one may have been kept until somebody asked: its age tells nothing of the way.
    if (this.#expected !== undefined) this.#noteAge(ageMs);
    this.#frames += 1;
    this.#bytes += frame.payload.length;
    if (this.#expected !== undefined && isAfter(frame.sequence, this.#expected)) {
      this.#dropped += (frame.sequence - this.#expected + SEQUENCE_SPAN) % SEQUENCE_SPAN;
    }
    this.#expected = (frame.sequence + 1) % SEQUENCE_SPAN;
  }

  /** It was not asked for meanwhile: what is missing until its next frame is not lost, and old ages count no more. */
  beginAgain(): void {
    this.#expected = undefined;
    this.#seen = 0;
  }

  #noteAge(ageMs: number): void {
    this.#ages[this.#seen % AGES] = ageMs;
    this.#seen += 1;
  }

  figures(nowMs: number): MeterFigures {
    const elapsedMs = nowMs - this.#sampledAtMs;
    if (elapsedMs >= LEAST_SAMPLE_MS) {
      this.#rates = {
        framesPerSecond: (this.#frames * 1000) / elapsedMs,
        bytesPerSecond: (this.#bytes * 1000) / elapsedMs,
      };
      this.#frames = 0;
      this.#bytes = 0;
      this.#sampledAtMs = nowMs;
    }
    const sorted = this.#ages.slice(0, Math.min(this.#seen, AGES)).sort();
    const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    return { ...this.#rates, ageP50Ms: at(0.5), ageP95Ms: at(0.95), dropped: this.#dropped };
  }
}
