/**
 * The counters of one stream: rates, losses and ages. Owns fixed-size samples, so that a stream costs
 * the same after a year as after a minute.
 */
import type { Frame } from '../transport/frame.js';
import { isAfter } from '../transport/outbox.js';
import { U32_MAX } from '../transport/record-header.js';

/** Percentiles, in ms. */
export interface Ages {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** One moment's figures, as events and `meet status` show them. */
export interface StreamFigures {
  readonly frames: number;
  readonly bytes: number;
  /** Frames that the publisher numbered but that did not come. */
  readonly lost: number;
  /** Frames that came but were not used: refused, or too many to encode. */
  readonly dropped: number;
  readonly unchanged: number;
  /** Over the last sampled second. */
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  /** Milliseconds from capture to the hub; left out while it is not known. */
  readonly ageMs?: Ages;
}

/** Ages kept for the percentiles: half a minute of pictures at 15 a second. */
const AGES = 512;

export class StreamStats {
  #frames = 0;
  #bytes = 0;
  #lost = 0;
  #dropped = 0;
  #unchanged = 0;
  #expected: number | undefined;
  #sampledFrames = 0;
  #sampledBytes = 0;
  #sampledAtMs: number;
  #framesPerSecond = 0;
  #bytesPerSecond = 0;
  #ages: Float64Array | undefined;
  #agesSeen = 0;

  constructor(nowMs: number) {
    this.#sampledAtMs = nowMs;
  }

  /** The sequence that should come next, as a publisher that returns says it in hello. */
  expect(sequence: number): void {
    this.#expected ??= sequence;
  }

  /**
   * Counts a frame that came; returns how many were lost just before it. `ageMs`: undefined where it
   * is not known.
   */
  count(frame: Frame, ageMs: number | undefined): number {
    this.#frames += 1;
    this.#bytes += frame.payload.length;
    if (frame.unchanged) this.#unchanged += 1;
    if (ageMs !== undefined) this.#noteAge(ageMs);
    return this.#countGap(frame.sequence);
  }

  drop(count = 1): void {
    this.#dropped += count;
  }

  /** Takes the rates of the time since the last sample. Called once a second. */
  sample(nowMs: number): void {
    const seconds = (nowMs - this.#sampledAtMs) / 1000;
    if (seconds <= 0) return;
    this.#framesPerSecond = (this.#frames - this.#sampledFrames) / seconds;
    this.#bytesPerSecond = (this.#bytes - this.#sampledBytes) / seconds;
    this.#sampledFrames = this.#frames;
    this.#sampledBytes = this.#bytes;
    this.#sampledAtMs = nowMs;
  }

  figures(): StreamFigures {
    const ageMs = this.#percentiles();
    return {
      frames: this.#frames,
      bytes: this.#bytes,
      lost: this.#lost,
      dropped: this.#dropped,
      unchanged: this.#unchanged,
      framesPerSecond: round(this.#framesPerSecond),
      bytesPerSecond: Math.round(this.#bytesPerSecond),
      ...(ageMs === undefined ? {} : { ageMs }),
    };
  }

  #noteAge(ageMs: number): void {
    this.#ages ??= new Float64Array(AGES);
    this.#ages[this.#agesSeen % AGES] = ageMs;
    this.#agesSeen += 1;
  }

  #countGap(sequence: number): number {
    const expected = this.#expected ?? sequence;
    this.#expected = (sequence + 1) % (U32_MAX + 1);
    if (!isAfter(sequence, expected)) return 0;
    const gap = (sequence - expected + U32_MAX + 1) % (U32_MAX + 1);
    this.#lost += gap;
    return gap;
  }

  #percentiles(): Ages | undefined {
    const count = Math.min(this.#agesSeen, AGES);
    if (this.#ages === undefined || count === 0) return undefined;
    const sorted = this.#ages.slice(0, count).sort();
    const at = (share: number): number => round(sorted[Math.ceil(share * count) - 1] ?? 0);
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
