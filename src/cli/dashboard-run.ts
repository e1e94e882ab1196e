/**
 * Shows a meeting until it is to end: the dashboard on a terminal, else one line a change. Owns which
 * of the two, and their common end; what is shown is src/tui's affair.
 */
import type { Meeting } from '../tui/meeting.js';
import type { PictureMode } from '../tui/pictures/picture-mode.js';
import { canDraw } from '../tui/terminal/process-screen.js';
import type { EndingSignal, Io } from './io.js';
import { untilEndOrUnread } from './until-end.js';

/** A meeting that may end by itself. */
export interface ShownMeeting extends Meeting {
  /** Settles when it has ended for good; rejects with why. */
  finished(): Promise<void>;
}

export interface ShowOptions {
  readonly picture: PictureMode;
  readonly plain: boolean;
  readonly duration?: number | undefined;
  /** `NAME` or `NAME/kind`, to begin with. */
  /** Words on the recording, asked for each second. */
  readonly recording?: () => string | undefined;
  readonly focus?: { readonly name: string; readonly kind?: 'screen' | 'video' };
}

/**
 * Resolves with the signal that ended it, or undefined when its user quit or its time was up; rejects
 * when the daemon is gone for good.
 */
export async function showMeeting(
  io: Io,
  meeting: ShownMeeting,
  options: ShowOptions,
): Promise<EndingSignal | undefined> {
  const stop = new AbortController();
  const shown = show(io, meeting, options, AbortSignal.any([io.ending, stop.signal]));
  const gone = meeting.finished().then(() => undefined);
  try {
    const ended = untilEndOrUnread(io, options.duration);
    return await Promise.race([shown.then(() => undefined), ended, gone]);
  } finally {
    stop.abort();
    await shown.catch(() => undefined);
  }
}

/** Whether there is a dashboard, and not lines: somebody can answer then. */
export function drawsDashboard(io: Io, plain: boolean): boolean {
  return !plain && canDraw(io);
}

async function show(
  io: Io,
  meeting: Meeting,
  options: ShowOptions,
  signal: AbortSignal,
): Promise<void> {
  const onTerminal = drawsDashboard(io, options.plain);
  const { focus, recording } = options;
  if (onTerminal) {
    const { runDashboard } = await import('../tui/dashboard/run-dashboard.js');
    await runDashboard({
      meeting,
      stdin: io.stdin,
      stdout: process.stdout,
      env: io.env,
      clock: io.clock,
      signal,
      options: {
        pictureMode: options.picture,
        ...(focus === undefined ? {} : { focus }),
        ...(recording === undefined ? {} : { recording }),
      },
    });
    return;
  }
  const { runPlainView } = await import('../tui/plain-view.js');
  await runPlainView({ meeting, out: io.stdout, clock: io.clock, signal });
}
