/**
 * A board drawn by Ink. Owns Ink's instance only; loaded when a board is shown.
 */
import { render } from 'ink';

import type { Painter } from '../dashboard/paint.js';
import type { inkStreams } from '../terminal/ink-streams.js';
import type { PlayBoard } from './play-board.js';
import { PlayView } from './play-view.js';

/** Draws until the function that it returns is called. `onFault`: the view failed to draw. */
export function mountBoard(
  board: PlayBoard,
  painter: Painter,
  streams: ReturnType<typeof inkStreams>,
  onFault: (fault: unknown) => void,
): () => void {
  const ink = render(<PlayView board={board} painter={painter} />, {
    ...streams,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  ink.waitUntilExit().catch(onFault);
  return () => {
    ink.unmount();
    ink.cleanup();
  };
}
