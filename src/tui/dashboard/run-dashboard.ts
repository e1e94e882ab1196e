/**
 * The dashboard from its first question to the terminal until everything is given back. Owns the
 * order of these; what is shown is the mounted dashboard's, how it gets there the screen's.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { Clock } from '../../transport/clock.js';
import type { Meeting } from '../meeting.js';
import type { PictureMode } from '../pictures/picture-mode.js';
import { runPlainView } from '../plain-view.js';
import type { TerminalInput } from '../terminal/filtered-input.js';
import type { OpenScreen, TerminalLine } from '../terminal/open-screen.js';
import { openScreen } from '../terminal/open-screen.js';
import type { Screen } from '../terminal/screen.js';
import type { RunProgram } from '../terminal/tmux-client.js';
import type { DashboardOptions } from './dashboard.js';
import type { MountedDashboard } from './mounted-dashboard.js';

/** What is used of process.stdout. */
export interface DashboardTerminal extends TerminalLine {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface RunDashboardOptions {
  readonly meeting: Meeting;
  readonly stdin: TerminalInput;
  readonly stdout: DashboardTerminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Ends the dashboard from outside. */
  readonly signal: AbortSignal;
  readonly options: {
    readonly pictureMode: PictureMode;
    /** Lines instead of pictures and panels; always so where there is no terminal, or a dumb one. */
    readonly plain?: boolean;
  } & Pick<DashboardOptions, 'focus' | 'recording'>;
  /** Gives what measures a dashboard: its panels' commits, the screen's figures. */
  readonly onOpen?: (opened: {
    readonly mounted: Pick<MountedDashboard, 'commits'>;
    readonly screen: Pick<Screen, 'figures'>;
  }) => void;
  /** Called when its user has confirmed the end, before the terminal is given back. */
  readonly onQuit?: () => void;
  /** The process's own by default. */
  readonly platform?: NodeJS.Platform;
  /** Runs `tmux display`; by default as a program of this machine. */
  readonly run?: RunProgram;
}

/**
 * Shows the meeting until its user quits (`quit`), or the signal aborts or the terminal goes away
 * (`ended`). When it resolves or rejects the terminal is as before, and no timer and no listener is
 * left. Rejects only for faults of this program.
 */
export async function runDashboard(options: RunDashboardOptions): Promise<'quit' | 'ended'> {
  const { stdout, signal } = options;
  if (options.options.plain === true || !canDraw(options)) {
    await runPlainView({ ...options, out: stdout });
    return 'ended';
  }
  const end = new End(signal);
  let opened: OpenScreen | undefined;
  let mounted: MountedDashboard | undefined;
  try {
    opened = await openTerminal(options, end);
    if (opened === undefined) return 'ended';
    mounted = await mount(options, opened, end);
    return await end.reached;
  } finally {
    end.forget();
    mounted?.close();
    await opened?.close();
  }
}

/** A terminal on both sides, and one that has a cursor. */
function canDraw({ stdin, stdout, env }: RunDashboardOptions): boolean {
  return stdout.isTTY === true && stdin.isTTY === true && env['TERM'] !== 'dumb';
}

/** Why the dashboard ends, whichever comes first. */
class End {
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

  quit(): void {
    this.#resolve('quit');
  }

  gone(): void {
    this.#resolve('ended');
  }

  failed(fault: unknown): void {
    this.#reject(fault);
  }

  forget(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.#resolve('ended');
  };
}

/** Undefined when the signal came while the terminal was asked. */
async function openTerminal(
  options: RunDashboardOptions,
  end: End,
): Promise<OpenScreen | undefined> {
  const { signal, options: wish, platform = process.platform, run = runProgram } = options;
  try {
    return await openScreen({
      ...options,
      platform,
      run,
      pictureMode: wish.pictureMode,
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
  } catch (thrown) {
    if (signal.aborted) return undefined;
    throw thrown;
  }
}

async function mount(
  options: RunDashboardOptions,
  { screen, keys }: OpenScreen,
  end: End,
): Promise<MountedDashboard> {
  // React's development build takes a third more for each commit; it is chosen on import.
  process.env['NODE_ENV'] ??= 'production';
  const { MountedDashboard } = await import('./mounted-dashboard.js');
  const { meeting, env, clock } = options;
  const { focus, recording } = options.options;
  const mounted = new MountedDashboard({
    meeting,
    screen,
    clock,
    env,
    input: keys,
    ...(focus === undefined ? {} : { focus }),
    ...(recording === undefined ? {} : { recording }),
    onQuit: () => {
      options.onQuit?.();
      end.quit();
    },
  });
  options.onOpen?.({ mounted, screen });
  // No more keys will come: the terminal was hung up.
  keys.once('end', () => {
    end.gone();
  });
  mounted.finished.then(
    () => {
      end.gone();
    },
    (fault: unknown) => {
      end.failed(fault);
    },
  );
  return mounted;
}

const execute = promisify(execFile);

/** At most a second and a few lines: tmux answers at once or not at all. */
const runProgram: RunProgram = async (program, args) => {
  const { stdout } = await execute(program, [...args], { timeout: 1000, maxBuffer: 16_384 });
  return stdout;
};
