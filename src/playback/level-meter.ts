/**
 * How loud a participant is and whether it speaks. Owns the last 50 ms; changes no sample.
 */
import { BLOCK_MS } from './output.js';

/** How far back loudness looks. */
const WINDOW_MS = 50;
const WINDOW_BLOCKS = WINDOW_MS / BLOCK_MS;
/** Speech is above -40 dB; it is over when it stays below -46 dB. */
const SPEAKING_RMS = 0.01;
const QUIET_RMS = 0.005;
/** So long a click doesn't last. */
const ONSET_MS = 100;
/** So long a pause between words lasts at most. */
const HANGOVER_MS = 400;

/** `rms`: root mean square of the last 50 ms, 0 to 1. */
export interface Level {
  readonly rms: number;
  readonly speaking: boolean;
}

export const SILENT_LEVEL: Level = { rms: 0, speaking: false };

export class LevelMeter {
  /** Mean squares of the last blocks, oldest first; at most `WINDOW_BLOCKS`. */
  readonly #squares: number[] = [];
  #rms = 0;
  #speaking = false;
  /** How long the other state has lasted. */
  #otherMs = 0;

  get level(): Level {
    return { rms: this.#rms, speaking: this.#speaking };
  }

  /** Takes one block of `BLOCK_MS`. */
  observe(block: Float32Array): void {
    let sum = 0;
    for (const value of block) sum += value * value;
    this.#squares.push(sum / block.length);
    if (this.#squares.length > WINDOW_BLOCKS) this.#squares.shift();
    const mean = this.#squares.reduce((total, square) => total + square, 0) / WINDOW_BLOCKS;
    this.#rms = Math.min(1, Math.sqrt(mean));
    this.#decide();
  }

  #decide(): void {
    const other = this.#speaking ? this.#rms < QUIET_RMS : this.#rms > SPEAKING_RMS;
    this.#otherMs = other ? this.#otherMs + BLOCK_MS : 0;
    if (this.#otherMs < (this.#speaking ? HANGOVER_MS : ONSET_MS)) return;
    this.#speaking = !this.#speaking;
    this.#otherMs = 0;
  }
}
