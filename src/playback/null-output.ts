/**
 * The output where there is no device: it keeps time by the clock, so that levels move and nothing
 * piles up, and what it asks for goes nowhere. Owns its timer.
 */
import type { Clock } from '../transport/clock.js';
import type { Output, Pull } from './output.js';
import { BLOCK_FRAMES, BLOCK_MS, MIX_CHANNELS } from './output.js';

/** How often it looks at the clock. */
const STEP_MS = 2 * BLOCK_MS;
/** After a longer halt of the process it goes on from now: what is held is bounded elsewhere. */
const MOST_BEHIND_MS = 200;

export class NullOutput implements Output {
  readonly name = 'null';
  readonly #clock: Clock;
  readonly #pull: Pull;
  readonly #block = new Float32Array(BLOCK_FRAMES * MIX_CHANNELS);
  readonly #stop: () => void;
  #pulledUntilMs: number;

  constructor(options: { readonly clock: Clock; readonly pull: Pull }) {
    this.#clock = options.clock;
    this.#pull = options.pull;
    this.#pulledUntilMs = options.clock.now();
    this.#stop = options.clock.every(STEP_MS, () => {
      this.#keepUp();
    });
  }

  close(): Promise<void> {
    this.#stop();
    return Promise.resolve();
  }

  #keepUp(): void {
    const nowMs = this.#clock.now();
    this.#pulledUntilMs = Math.max(this.#pulledUntilMs, nowMs - MOST_BEHIND_MS);
    while (this.#pulledUntilMs + BLOCK_MS <= nowMs) {
      this.#pull(this.#block);
      this.#pulledUntilMs += BLOCK_MS;
    }
  }
}
