/**
 * A clock that moves only when a test says so. Owns its time and what waits for it; reads no time of
 * the machine.
 */
import type { Clock } from '../../src/transport/clock.js';

interface Timer {
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly run: () => void;
}

/** 2027-01-15T08:00:00Z. */
const USUAL_START_US = 1_800_000_000_000_000;

export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #nowMs = 0;
  #wallUs: number;

  /** `startedAtUs`: what the wall clock says at first, microseconds since the Unix epoch. */
  constructor(startedAtUs = USUAL_START_US) {
    this.#wallUs = startedAtUs;
  }

  now(): number {
    return this.#nowMs;
  }

  wallUs(): number {
    return Math.round(this.#wallUs);
  }

  /** Sets the wall clock alone, as an administrator would. */
  jumpWall(byMs: number): void {
    this.#wallUs += byMs * 1000;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      const onAbort = (): void => {
        cancel();
        reject(new Error('aborted', { cause: signal?.reason }));
      };
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
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

  /** Moves on and runs what is due, in order, all before it returns. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers]
        .filter((timer) => timer.dueMs <= endMs)
        .sort((one, other) => one.dueMs - other.dueMs);
      if (next === undefined) break;
      this.#moveTo(next.dueMs);
      if (next.everyMs === undefined) this.#timers.delete(next);
      else next.dueMs += next.everyMs;
      next.run();
    }
    this.#moveTo(endMs);
  }

  #moveTo(nowMs: number): void {
    this.#wallUs += (nowMs - this.#nowMs) * 1000;
    this.#nowMs = nowMs;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }
}
