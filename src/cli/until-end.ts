/**
 * How a program ends: its time is up, it was asked to, or it failed. Owns the waiting and the telling;
 * sets no exit code.
 */
import type { Clock } from '../transport/clock.js';
import { asMeetError } from '../transport/errors.js';
import type { EventWriter } from './event-writer.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { EndingSignal, endingOf } from './io.js';
import type { Io } from './io.js';
import { withoutSecret } from './printable.js';

/** Resolves with the signal that ends it; undefined when `durationSeconds` are over. */
export async function untilEnd(
  io: Io,
  durationSeconds: number | undefined,
): Promise<EndingSignal | undefined> {
  const { ending, clock } = io;
  const asked = aborted(ending).then(() => endingSignal(ending));
  if (durationSeconds === undefined) return asked;
  const timer = new AbortController();
  const timed = sleepLong(clock, durationSeconds * 1000, timer.signal).then(
    () => undefined,
    () => undefined,
  );
  const ended = await Promise.race([asked, timed]);
  timer.abort();
  return ended;
}

/** Timers take at most 2^31-1 ms (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args). */
const LONGEST_TIMER_MS = 0x7fff_ffff;

async function sleepLong(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = durationMs; leftMs > 0; leftMs -= LONGEST_TIMER_MS) {
    await clock.sleep(Math.min(leftMs, LONGEST_TIMER_MS), signal);
  }
}

/**
 * As `untilEnd`, and also when nobody reads the output any more: for programs that only tell, whose next
 * line may be hours away.
 */
export async function untilEndOrUnread(
  io: Io,
  durationSeconds: number | undefined,
): Promise<EndingSignal | undefined> {
  const over = new AbortController();
  const unread = io.stdout.untilUnread?.(over.signal).then(() => new EndingSignal('EPIPE'));
  const ended = untilEnd(io, durationSeconds);
  try {
    return await (unread === undefined ? ended : Promise.race([ended, unread]));
  } finally {
    over.abort();
  }
}

function endingSignal(ending: AbortSignal): EndingSignal {
  const reason: unknown = ending.reason;
  return reason instanceof EndingSignal ? reason : new EndingSignal('SIGTERM');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
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
    const ended = endingOf(thrown);
    if (ended !== undefined) {
      emit({ event: 'end', exitCode: exitFor(ended), reason: ended.signal });
      throw thrown;
    }
    const { code, message } = asMeetError(thrown);
    emit({ event: 'error', code, message: withoutSecret(message) });
    emit({ event: 'end', exitCode: exitCodeOf(code), reason: code });
    throw thrown;
  }
}

/** Runs `work` to its exit code. One that fails since the program was asked to end has that one's. */
export async function untilAskedToEnd(io: Io, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (thrown) {
    const reason: unknown = io.ending.reason;
    if (io.ending.aborted && reason instanceof EndingSignal) return exitFor(reason);
    throw thrown;
  }
}

/** The exit code of a program that ended as it was asked to. */
export function exitFor(ended: EndingSignal | undefined): ExitCode {
  if (ended?.signal === 'SIGINT') return EXIT.sigint;
  return ended?.signal === 'SIGTERM' || ended?.signal === 'SIGHUP' ? EXIT.sigterm : EXIT.ok;
}
