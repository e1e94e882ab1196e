/**
 * Gives a slot each 20 ms for sound that has no device to pace it. Owns the schedule: slot n is due
 * at start + n * 20 ms, whatever the slots before it took, so that nothing drifts.
 */
import type { Clock } from '../../transport/clock.js';
import { FRAME_MS } from './sound-format.js';

/** What is later is not made up for: viewers hold no more sound than this (`outbox-sound-ms`). */
const CATCH_UP_MS = 200;

export interface Slot {
  /** From 0. A jump is time in which this process did not run (or the machine slept). */
  readonly index: number;
  /** Wall time at which the slot was due, microseconds since the Unix epoch. */
  readonly dueAtUs: number;
}

/**
 * Calls `give` for each slot, the first at once, until the signal aborts; resolves then. Waits for
 * what `give` returns. Rejects with what `give` throws.
 */
export async function paceSlots(
  clock: Clock,
  signal: AbortSignal,
  give: (slot: Slot) => Promise<void> | void,
): Promise<void> {
  const startMs = clock.now();
  for (let index = 0; !signal.aborted; index += 1) {
    if (!(await sleepUntil(clock, startMs + index * FRAME_MS, signal))) return;
    const lateMs = clock.now() - (startMs + index * FRAME_MS);
    if (lateMs > CATCH_UP_MS) index += Math.floor(lateMs / FRAME_MS);
    const dueMs = startMs + index * FRAME_MS;
    await give({ index, dueAtUs: Math.round(clock.wallUs() + (dueMs - clock.now()) * 1000) });
  }
}

/** False when the signal aborted before. */
async function sleepUntil(clock: Clock, dueMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    // Timers count whole milliseconds and may fire a fraction early.
    for (let ms = dueMs - clock.now(); ms > 0; ms = dueMs - clock.now()) {
      await clock.sleep(Math.ceil(ms), signal);
    }
    return !signal.aborted;
  } catch (thrown) {
    if (signal.aborted) return false;
    throw thrown;
  }
}
