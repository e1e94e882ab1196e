/**
 * Stereo sound of any rate at the mix's rate, by a windowed sinc in polyphase form whose ratio may
 * change at any time, so that it also holds drift. Owns the few source frames around its position;
 * asks for exactly as many as it needs.
 *
 * Method: J. O. Smith, "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/.
 */
import { MIX_RATE_HZ } from './output.js';

/** Zero crossings on each side of the kernel's middle. */
const CROSSINGS = 24;
/** Kaiser's beta: side lobes below -70 dB (J. F. Kaiser 1974: A = 8.7 + beta / 0.1102). */
const KAISER_BETA = 7;
/** Middle of the transition, of the lower Nyquist frequency: at 1 the stop band has begun. */
const CUTOFF = 0.9;
/** Phases in the table; what lies between two is interpolated, which costs (pi / 256)^2 / 8: -94 dB. */
const PHASES = 256;
/** Kernels are made for ratios in steps of a half, so that few are ever kept, whatever a peer sends. */
const RATIO_STEPS = 2;

interface Kernel {
  readonly taps: number;
  /** `PHASES + 1` rows of `taps`. */
  readonly table: Float32Array;
}

/** At most 7: sources have up to 192 kHz, four times the mix. */
const kernels = new Map<number, Kernel>();

/** Fills the whole of its argument with the next source frames, interleaved stereo. */
export type SourceRead = (frames: Float32Array) => void;

export class Resampler {
  readonly #ratio: number;
  readonly #kernel: Kernel;
  #input: Float32Array;
  #frames: number;
  /** Where the next output's kernel begins, in source frames from the start of `#input`. */
  #position = 0;

  constructor(sourceRateHz: number) {
    this.#ratio = sourceRateHz / MIX_RATE_HZ;
    this.#kernel = kernelFor(this.#ratio);
    // Half a kernel of silence before the first frame, so that the delay is half a kernel.
    this.#frames = this.#kernel.taps / 2;
    this.#input = new Float32Array(this.#frames * 2);
  }

  /**
   * Fills `block` (interleaved stereo at the mix's rate). `correction` is added to the ratio of
   * rates: 0.001 takes the source in 0.1 % faster.
   */
  process(read: SourceRead, block: Float32Array, correction: number): void {
    const step = this.#ratio * (1 + correction);
    const count = block.length / 2;
    this.#ensure(read, Math.floor(this.#position + (count - 1) * step) + this.#kernel.taps + 1);
    for (let frame = 0; frame < count; frame += 1) {
      this.#convolve(block, frame * 2);
      this.#position += step;
    }
    this.#discard(Math.min(Math.floor(this.#position), this.#frames));
  }

  #convolve(block: Float32Array, at: number): void {
    const { taps, table } = this.#kernel;
    const input = this.#input;
    const base = Math.floor(this.#position);
    const phase = (this.#position - base) * PHASES;
    const row = Math.floor(phase);
    const between = phase - row;
    let left = 0;
    let right = 0;
    let source = base * 2;
    for (let tap = row * taps; tap < (row + 1) * taps; tap += 1) {
      const low = table[tap] ?? 0;
      const weight = low + between * ((table[tap + taps] ?? 0) - low);
      left += weight * (input[source] ?? 0);
      right += weight * (input[source + 1] ?? 0);
      source += 2;
    }
    block[at] = left;
    block[at + 1] = right;
  }

  #ensure(read: SourceRead, frames: number): void {
    if (frames <= this.#frames) return;
    if (frames * 2 > this.#input.length) {
      const larger = new Float32Array(frames * 4);
      larger.set(this.#input.subarray(0, this.#frames * 2));
      this.#input = larger;
    }
    read(this.#input.subarray(this.#frames * 2, frames * 2));
    this.#frames = frames;
  }

  #discard(frames: number): void {
    this.#input.copyWithin(0, frames * 2, this.#frames * 2);
    this.#frames -= frames;
    this.#position -= frames;
  }
}

function kernelFor(ratio: number): Kernel {
  const scale = Math.max(1, Math.ceil(ratio * RATIO_STEPS) / RATIO_STEPS);
  const known = kernels.get(scale);
  if (known !== undefined) return known;
  const kernel = makeKernel(scale);
  kernels.set(scale, kernel);
  return kernel;
}

/** A low pass at `CUTOFF / scale` of the source's Nyquist frequency, at each of the phases. */
function makeKernel(scale: number): Kernel {
  const taps = 2 * Math.ceil(CROSSINGS * scale);
  const table = new Float32Array((PHASES + 1) * taps);
  for (let phase = 0; phase <= PHASES; phase += 1) {
    const weights = Array.from({ length: taps }, (_, tap) => {
      const x = tap - (taps / 2 - 1) - phase / PHASES;
      return sinc((x * CUTOFF) / scale) * kaiser(x / (taps / 2));
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    table.set(
      weights.map((weight) => weight / sum),
      phase * taps,
    );
  }
  return { taps, table };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** `x` from -1 to 1. */
function kaiser(x: number): number {
  return besselI0(KAISER_BETA * Math.sqrt(Math.max(0, 1 - x * x))) / besselI0(KAISER_BETA);
}

/** The modified Bessel function of order 0 by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let index = 1; term > sum * 1e-12; index += 1) {
    term *= (x / (2 * index)) ** 2;
    sum += term;
  }
  return sum;
}
