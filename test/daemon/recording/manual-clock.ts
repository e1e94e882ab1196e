/** A clock that moves only when a test says so. */
import type { Clock } from '../../../src/transport/clock.js';
import { STARTED_AT_US } from './frames.js';

interface Timer {
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  #nowMs = 0;
  #setMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#nowMs;
  }

  wallUs(): number {
    return STARTED_AT_US + Math.round((this.#nowMs + this.#setMs) * 1000);
  }

  /** Sets the wall clock ahead, or back. */
  setWall(byMs: number): void {
    this.#setMs += byMs;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  after(ms: number, run: () => void): () => void {
    return this.#add({ dueMs: this.#nowMs + ms, everyMs: undefined, run });
  }

  every(ms: number, run: () => void): () => void {
    return this.#add({ dueMs: this.#nowMs + ms, everyMs: ms, run });
  }

  /** Timers that would still fire. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on and runs what is due, in order. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers]
        .filter((timer) => timer.dueMs <= endMs)
        .sort((one, other) => one.dueMs - other.dueMs);
      if (next === undefined) break;
      this.#nowMs = next.dueMs;
      if (next.everyMs === undefined) this.#timers.delete(next);
      else next.dueMs += next.everyMs;
      next.run();
    }
    this.#nowMs = endMs;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }
}
