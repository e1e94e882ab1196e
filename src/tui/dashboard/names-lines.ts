/**
 * What is left on a screen too small for pictures: the names, who sounds, and the question that waits
 * for an answer. Owns these lines; they fit any size from one cell on.
 */
import { footerLine } from './bar-lines.js';
import { shortLine } from '../play/board-lines.js';
import type { DashboardState } from './dashboard-state.js';
import { questionOf } from './dialog-lines.js';
import type { Painter } from './paint.js';
import { padCells } from './printable-text.js';
import { personLines } from './panel-lines.js';

/** At most `rows` lines of exactly `columns` cells. */
export function namesLines(state: DashboardState, painter: Painter): string[] {
  const { columns, rows } = state;
  const last = bottomLine(state, painter);
  const room = last === undefined ? rows : rows - 1;
  const names = state.people
    .slice(0, Math.max(0, room))
    .map((person, meter) => personLines(person, meter, columns, painter)[0] ?? '');
  const blank = ' '.repeat(columns);
  const lines = Array.from({ length: Math.max(0, room) }, (_, row) => names[row] ?? blank);
  return last === undefined ? lines : [...lines, last];
}

/** What waits for keys stands at the bottom, even where that is the only line. */
function bottomLine(state: DashboardState, painter: Painter): string | undefined {
  const { columns, rows, dialog } = state;
  if (dialog === 'quit' || dialog === 'kick') {
    const words = columns < 20 ? 'Quit? y/n' : `${questionOf(state)[0] ?? ''} y/n`;
    return padCells(dialog === 'kick' && columns < 20 ? 'Kick? y/n' : words, columns);
  }
  if (dialog === 'game' && state.game !== undefined) {
    return padCells(shortLine(state.game, columns), columns);
  }
  if (dialog === 'offer') return padCells(`${questionOf(state)[0] ?? ''} y/n`, columns);
  if (dialog === 'none' && state.draft === undefined && rows < 2) return undefined;
  return footerLine(state, painter);
}
