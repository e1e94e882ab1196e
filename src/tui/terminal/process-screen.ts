/**
 * The terminal of this process, taken for as long as something is shown on it. Owns whether it can be
 * drawn on, its opening, and why it is given up; shows nothing.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { Clock } from '../../transport/clock.js';
import type { PictureMode } from '../pictures/picture-mode.js';
import { followDeadlySignals } from './deadly-signals.js';
import type { TerminalInput } from './filtered-input.js';
import { followJobControl } from './job-control.js';
import type { OpenScreen, TerminalLine } from './open-screen.js';
import { openScreen } from './open-screen.js';
import type { RunProgram } from './tmux-client.js';

/** What is used of process.stdout. */
export interface ProcessTerminal extends TerminalLine {
  readonly isTTY?: boolean;
}

export interface ProcessScreenOptions {
  readonly stdin: TerminalInput;
  readonly stdout: ProcessTerminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Ends it from outside. */
  readonly signal: AbortSignal;
  /** The process's own by default. */
  readonly platform?: NodeJS.Platform;
  /** Runs `tmux display`; by default as a program of this machine. */
  readonly run?: RunProgram;
}

/** A terminal on both sides, and one that has a cursor. */
export function canDraw({
  stdin,
  stdout,
  env,
}: {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: { readonly isTTY?: boolean };
  readonly env: ProcessScreenOptions['env'];
}): boolean {
  return stdout.isTTY === true && stdin.isTTY === true && env['TERM'] !== 'dumb';
}

/** Why a screen ends, whichever comes first. */
export class ScreenEnd {
  readonly reached: Promise<'quit' | 'ended'>;
  readonly #signal: AbortSignal;
  #resolve: (how: 'quit' | 'ended') => void = () => undefined;
  #reject: (fault: unknown) => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.reached = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A fault may come before anybody waits.
    this.reached.catch(() => undefined);
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Its user has confirmed it. */
  quit(): void {
    this.#resolve('quit');
  }

  /** There is nothing to draw on, or nobody at the keys, any more. */
  gone(): void {
    this.#resolve('ended');
  }

  /** A fault of this program. */
  failed(fault: unknown): void {
    this.#reject(fault);
  }

  /** Leaves no listener with the signal. */
  forget(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.#resolve('ended');
  };
}

/** Undefined when the signal came while the terminal was asked. */
export async function openProcessScreen(
  options: ProcessScreenOptions,
  pictureMode: PictureMode,
  end: ScreenEnd,
): Promise<OpenScreen | undefined> {
  const { signal, platform = process.platform, run = runProgram } = options;
  try {
    const opened = await openScreen({
      ...options,
      platform,
      run,
      pictureMode,
      atExit: (restore) => {
        process.once('exit', restore);
        return () => {
          process.off('exit', restore);
        };
      },
      onGone: () => {
        end.gone();
      },
    });
    const forgets = [followJobControl(opened), followDeadlySignals(opened)];
    return {
      ...opened,
      close: () => {
        for (const forget of forgets) forget();
        return opened.close();
      },
    };
  } catch (thrown) {
    if (signal.aborted) return undefined;
    throw thrown;
  }
}

const execute = promisify(execFile);

/** At most a second and a few lines: tmux answers at once or not at all. */
const runProgram: RunProgram = async (program, args) => {
  const { stdout } = await execute(program, [...args], { timeout: 1000, maxBuffer: 16_384 });
  return stdout;
};
