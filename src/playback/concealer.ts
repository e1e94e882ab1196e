/**
 * What is heard where sound is missing: the last periods of the voice again, fading into silence,
 * and a short blend when real sound goes on. Owns the last 40 ms that were played.
 *
 * After ITU-T G.711 Appendix I: the pitch is where the sound resembles itself most.
 */

const HISTORY_MS = 40;
/** Pitch of voices and most tones: 66 to 400 Hz. */
const LONGEST_LAG_MS = 15;
const SHORTEST_LAG_MS = 2.5;
/** How much of the end is compared with what was a lag before it. */
const COMPARED_MS = 10;
/** Lags are first compared at about this rate, then around the best one at the full rate. */
const SEARCH_RATE_HZ = 8000;
/** Full for so long, silent after so long. */
const HOLD_MS = 10;
const FADED_MS = 60;
const BLEND_MS = 5;

export class Concealer {
  readonly #rateHz: number;
  readonly #history: Float32Array;
  readonly #frames: number;
  /** The last periods before the gap, which are repeated; at least one frame. */
  #periods = new Float32Array(2);
  /** Frames made up since the gap began; undefined while nothing is missing. */
  #made: number | undefined = Infinity;
  /** Frames of the blend that were done. */
  #blended = 0;

  constructor(sampleRateHz: number) {
    this.#rateHz = sampleRateHz;
    this.#frames = this.#of(HISTORY_MS);
    this.#history = new Float32Array(this.#frames * 2);
  }

  /** Whether nothing but silence is left to make up. */
  get faded(): boolean {
    return this.#made !== undefined && this.#made >= this.#of(FADED_MS);
  }

  /** Whether something is missing, or was just before. */
  get active(): boolean {
    return this.#made !== undefined;
  }

  /** The sound jumps here: what follows is blended in. */
  interrupt(): void {
    if (this.#made === undefined) this.#begin();
    this.#blended = 0;
  }

  /** Makes up interleaved stereo for the samples from `start` to `end`. */
  fill(target: Float32Array, start: number, end: number): void {
    this.interrupt();
    for (let index = start; index < end; index += 2) this.#next(target, index, 1);
  }

  /** Real sound stands from `start` to `end`: remembers it, and blends it in after a gap. */
  resume(target: Float32Array, start: number, end: number): void {
    const blendFrames = this.#of(BLEND_MS);
    for (let index = start; index < end && this.#made !== undefined; index += 2) {
      this.#blended += 1;
      this.#next(target, index, 1 - this.#blended / blendFrames);
      if (this.#blended >= blendFrames) this.#made = undefined;
    }
    this.#remember(target.subarray(start, end));
  }

  /** Mixes the made up sound, `share` of it, with what stands in `target`. */
  #next(target: Float32Array, index: number, share: number): void {
    const made = this.#made ?? 0;
    const gain = share * this.#gain(made);
    const from = (made * 2) % this.#periods.length;
    const kept = 1 - share;
    for (const side of [0, 1]) {
      const real = kept === 0 ? 0 : (target[index + side] ?? 0) * kept;
      target[index + side] = real + (gain === 0 ? 0 : gain * (this.#periods[from + side] ?? 0));
    }
    this.#made = made + 1;
  }

  #gain(made: number): number {
    const fading = (made - this.#of(HOLD_MS)) / this.#of(FADED_MS - HOLD_MS);
    return Math.max(0, Math.min(1, 1 - fading));
  }

  #begin(): void {
    this.#made = 0;
    const stride = Math.max(1, Math.round(this.#rateHz / SEARCH_RATE_HZ));
    const rough = this.#bestLag(this.#of(SHORTEST_LAG_MS), this.#of(LONGEST_LAG_MS), stride);
    const lag = stride === 1 ? rough : this.#bestLag(rough - stride, rough + stride, 1);
    // A copy: what is played while it is blended out is remembered already.
    this.#periods = this.#history.slice((this.#frames - lag) * 2);
  }

  #bestLag(first: number, last: number, stride: number): number {
    let best = first;
    let bestLikeness = -Infinity;
    for (let lag = first; lag <= last; lag += stride) {
      const likeness = this.#likeness(lag, stride);
      if (likeness <= bestLikeness) continue;
      best = lag;
      bestLikeness = likeness;
    }
    return best;
  }

  /** Correlation of the end with what was `lag` frames before it, -1 to 1. */
  #likeness(lag: number, stride: number): number {
    let product = 0;
    let energy = Number.MIN_VALUE;
    for (let frame = this.#frames - this.#of(COMPARED_MS); frame < this.#frames; frame += stride) {
      const before = this.#mono(frame - lag);
      product += this.#mono(frame) * before;
      energy += before * before;
    }
    return product / Math.sqrt(energy);
  }

  #mono(frame: number): number {
    return (this.#history[frame * 2] ?? 0) + (this.#history[frame * 2 + 1] ?? 0);
  }

  #remember(played: Float32Array): void {
    const newest = played.subarray(Math.max(0, played.length - this.#history.length));
    this.#history.copyWithin(0, newest.length);
    this.#history.set(newest, this.#history.length - newest.length);
  }

  #of(ms: number): number {
    return Math.round((this.#rateHz * ms) / 1000);
  }
}
