/**
 * A clock that stands still until it is told to go on. Owns its time and its sleepers; reads no time
 * of the machine.
 */
import type { Clock } from '../../../src/transport/clock.js';

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

export class SteppedClock implements Clock {
  #nowMs = 0;
  #wallUs: number;
  #sleepers: Sleeper[] = [];

  constructor(wallUs = 1_700_000_000_000_000) {
    this.#wallUs = wallUs;
  }

  now(): number {
    return this.#nowMs;
  }

  wallUs(): number {
    return Math.round(this.#wallUs);
  }

  /** Sets the wall clock alone, as an administrator would. */
  setWall(wallUs: number): void {
    this.#wallUs = wallUs;
  }

  /** Goes on by `ms` at one stroke, then wakes who is due: what a stalled process sees. */
  jump(ms: number): void {
    this.#nowMs += ms;
    this.#wallUs += ms * 1000;
    const due = this.#sleepers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { wake } of due) wake();
  }

  /** Goes on by `ms` in steps of 1 ms and lets each sleeper run when it is due. */
  async run(ms: number): Promise<void> {
    for (let step = 0; step < ms; step += 1) {
      this.jump(1);
      await settled();
    }
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(new Error('aborted'));
        return;
      }
      const onAbort = (): void => {
        cancel();
        reject(new Error('aborted'));
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  after(ms: number, run: () => void): () => void {
    const sleeper = { atMs: this.#nowMs + ms, wake: run };
    this.#sleepers.push(sleeper);
    return () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
  }

  every(ms: number, run: () => void): () => void {
    let cancel = (): void => undefined;
    const again = (): void => {
      run();
      cancel = this.after(ms, again);
    };
    cancel = this.after(ms, again);
    return () => {
      cancel();
    };
  }
}

/** Lets what was resolved run to its next wait. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
