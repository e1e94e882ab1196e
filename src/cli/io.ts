/**
 * The world as commands see it: streams, environment, arguments and the wish to end. Owns the
 * interface only; the entry point builds the real one, tests build others.
 */
import type { Clock } from '../transport/clock.js';

export interface TextOut {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  /** Of a terminal, as wide and as high as it is now. */
  readonly columns?: number;
  readonly rows?: number;
  /** Bytes that wait for whoever reads. */
  readonly writableLength?: number;
  /** Of a pipe: resolves when nobody has its other end any more, as far as that can be known. */
  untilUnread?(signal: AbortSignal): Promise<void>;
}

export interface Io {
  readonly stdout: TextOut;
  readonly stderr: TextOut;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  /** [0, 1), as Math.random. */
  readonly random: () => number;
  /** Aborts when the user or the system wants the program to end; the reason is the signal. */
  readonly ending: AbortSignal;
  readonly stdin: NodeJS.ReadStream;
  /** The process's own arguments, without Node and the program. */
  readonly argv: readonly string[];
  /** Tells the program that started this one; undefined where nobody listens. */
  readonly tellParent: ((event: object) => void) | undefined;
  /** Program version, from package.json. */
  readonly version: string;
}

/** Why a program was asked to end. */
export class EndingSignal extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'EPIPE';

  constructor(signal: EndingSignal['signal']) {
    super(`asked to end by ${signal}`);
    this.signal = signal;
  }
}

/** Whether that was thrown because the program was asked to end, such as while it waited for a pipe. */
export function endingOf(thrown: unknown): EndingSignal | undefined {
  const cause: unknown = thrown instanceof Error ? thrown.cause : undefined;
  return [thrown, cause].find((each) => each instanceof EndingSignal);
}
