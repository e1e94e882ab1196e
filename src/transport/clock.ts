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

/**
 * Wall time in microseconds from a wall clock that tells whole milliseconds and a monotonic one that
 * tells their fractions. It follows the wall clock wherever that is set, within a millisecond:
 * `performance.timeOrigin`, which is a good `startMs`, stays with what the clock said when the process
 * started, which on a machine that gets its time from the network after its services is 1970.
 */
export function wallClockUs(
  wallMs: () => number,
  monotonicMs: () => number,
  startMs = wallMs() - monotonicMs(),
): () => number {
  let originMs = startMs;
  return () => {
    const wall = wallMs();
    const fine = originMs + monotonicMs();
    const followed = Math.min(Math.max(fine, wall), wall + LAST_US_OF_MS);
    originMs += followed - fine;
    return Math.round(followed * 1000);
  };
}

/** The most that a millisecond's fraction is, so that it does not round up to the next one. */
const LAST_US_OF_MS = 0.999;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallUs: wallClockUs(Date.now, () => performance.now(), performance.timeOrigin),
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
