/**
 * A board on this process's terminal, from the first question to the terminal until everything is given
 * back. Owns the order of these and Ink's instance; the table is played by others.
 */
import type { PlayTable } from '../../game/game-view.js';
import { FrameOutput } from '../dashboard/frame-output.js';
import { painterFor } from '../dashboard/paint.js';
import { inkStreams } from '../terminal/ink-streams.js';
import type { OpenScreen } from '../terminal/open-screen.js';
import type { ProcessScreenOptions } from '../terminal/process-screen.js';
import { ScreenEnd, openProcessScreen } from '../terminal/process-screen.js';
import { PlayBoard } from './play-board.js';

export interface RunBoardOptions extends ProcessScreenOptions {
  readonly table: PlayTable;
}

/**
 * Shows the table until its user leaves (`quit`), or the signal aborts or the terminal goes away
 * (`ended`). When it settles the terminal is as before, and no listener is left. Rejects only for
 * faults of this program.
 */
export async function runBoard(options: RunBoardOptions): Promise<'quit' | 'ended'> {
  const end = new ScreenEnd(options.signal);
  let opened: OpenScreen | undefined;
  let unmount: (() => void) | undefined;
  try {
    opened = await openProcessScreen(options, 'none', end);
    if (opened === undefined) return 'ended';
    unmount = await mount(options, opened, end);
    return await end.reached;
  } finally {
    end.forget();
    unmount?.();
    await opened?.close();
  }
}

async function mount(
  { table, env }: RunBoardOptions,
  { screen, keys }: OpenScreen,
  end: ScreenEnd,
): Promise<() => void> {
  const { mountBoard } = await import('./mounted-board.js');
  const board = new PlayBoard(table, screen, () => {
    end.quit();
  });
  const output = new FrameOutput(screen.columns, screen.rows, (frame) => {
    screen.showFrame(frame);
  });
  const stopResize = screen.onResize((columns, rows) => {
    // Before the board hears of it, so that Ink lays out for the new size.
    output.setSize(columns, rows);
    board.resize(columns, rows);
  });
  keys.once('end', () => {
    end.gone();
  });
  const unmount = mountBoard(board, painterFor(env), inkStreams(output, keys), (fault) => {
    end.failed(fault);
  });
  return () => {
    output.end();
    stopResize();
    board.close();
    unmount();
  };
}
