/**
 * How a program ends: its time is up, it was asked to, or it failed. Owns the waiting and the telling;
 * sets no exit code.
 */
import { asMeetError } from '../transport/errors.js';
import type { EventWriter } from './event-writer.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { EndingSignal } from './io.js';
import type { Io } from './io.js';

/** Resolves with the signal that ends it; undefined when `durationSeconds` are over. */
export async function untilEnd(
  io: Io,
  durationSeconds: number | undefined,
): Promise<EndingSignal | undefined> {
  const { ending, clock } = io;
  if (!ending.aborted) {
    try {
      // Node's timers hold the process; without a duration the listeners do.
      if (durationSeconds === undefined) await aborted(ending);
      else await sleepLong(clock.sleep.bind(clock), durationSeconds * 1000, ending);
      if (!ending.aborted) return undefined;
    } catch (thrown) {
      if (!ending.aborted) throw thrown;
    }
  }
  const reason: unknown = ending.reason;
  return reason instanceof EndingSignal ? reason : new EndingSignal('SIGTERM');
}

/** Timers take at most 2^31-1 ms (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args). */
const LONGEST_TIMER_MS = 0x7fff_ffff;

async function sleepLong(
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
  durationMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (let leftMs = durationMs; leftMs > 0; leftMs -= LONGEST_TIMER_MS) {
    await sleep(Math.min(leftMs, LONGEST_TIMER_MS), signal);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

/** Runs `work`; when it fails, the events tell so before the program ends with that failure. */
export async function toldFailure<T>(emit: EventWriter, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const { code, message } = asMeetError(thrown);
    emit({ event: 'error', code, message });
    emit({ event: 'end', exitCode: exitCodeOf(code), reason: code });
    throw thrown;
  }
}

/** The exit code of a program that ended as it was asked to. */
export function exitFor(ended: EndingSignal | undefined): ExitCode {
  if (ended?.signal === 'SIGINT') return EXIT.sigint;
  return ended?.signal === 'SIGTERM' || ended?.signal === 'SIGHUP' ? EXIT.sigterm : EXIT.ok;
}
