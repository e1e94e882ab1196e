/**
 * The dashboard from its first question to the terminal until everything is given back. Owns the
 * order of these; what is shown is the mounted dashboard's, how it gets there the screen's.
 */
import type { Meeting } from '../meeting.js';
import type { PictureMode } from '../pictures/picture-mode.js';
import { runPlainView } from '../plain-view.js';
import type { OpenScreen } from '../terminal/open-screen.js';
import type { ProcessScreenOptions, ProcessTerminal } from '../terminal/process-screen.js';
import { ScreenEnd, canDraw, openProcessScreen } from '../terminal/process-screen.js';
import type { Screen } from '../terminal/screen.js';
import type { DashboardOptions } from './dashboard.js';
import type { MountedDashboard } from './mounted-dashboard.js';

/** What is used of process.stdout. */
export interface DashboardTerminal extends ProcessTerminal {
  write(text: string): unknown;
}

export interface RunDashboardOptions extends ProcessScreenOptions {
  readonly meeting: Meeting;
  readonly stdout: DashboardTerminal;
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
  const end = new ScreenEnd(signal);
  let opened: OpenScreen | undefined;
  let mounted: MountedDashboard | undefined;
  try {
    opened = await openProcessScreen(options, options.options.pictureMode, end);
    if (opened === undefined) return 'ended';
    mounted = await mount(options, opened, end);
    return await end.reached;
  } finally {
    end.forget();
    mounted?.close();
    await opened?.close();
  }
}

async function mount(
  options: RunDashboardOptions,
  { screen, keys }: OpenScreen,
  end: ScreenEnd,
): Promise<MountedDashboard> {
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
