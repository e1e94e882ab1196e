/**
 * Time, as it is passed in everywhere. Owns the two clocks of this process: monotonic for timers,
 * wall for display, file names and the wire. Never reads a device.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Monotonic milliseconds from an arbitrary start; never jumps. */
  now(): number;
  /** Microseconds since the Unix epoch, an integer; jumps when the wall clock is set. */
  wallUs(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `run` once after `ms`; returns what cancels it. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
  /** Calls `run` each `ms`; returns what stops it. Does not keep the process alive. */
  every(ms: number, run: () => void): () => void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallUs: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
  every(ms, run) {
    const timer = setInterval(run, ms);
    timer.unref();
    return () => {
      clearInterval(timer);
    };
  },
};
