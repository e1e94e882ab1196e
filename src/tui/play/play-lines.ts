/**
 * The screen of `meet play` as lines: title, board, words, keys. Owns what gives way when the terminal is
 * small: the large board, the board, then all but one line.
 */
import type { Painter } from '../dashboard/paint.js';
import { cellsOf, fitCells, padCells } from '../dashboard/printable-text.js';
import {
  LARGE_SQUARE,
  SMALL_SQUARE,
  boardColumns,
  boardLines,
  boardRows,
  shortLine,
  wordLines,
} from './board-lines.js';
import type { BoardState } from './play-board.js';
import { QUIT_KEY, keysNow } from './play-board.js';

/** Exactly `state.rows` lines of `state.columns` cells, the size of the terminal. */
export function playLines(state: BoardState, painter: Painter): string[] {
  const { view, cursor, columns, rows } = state;
  const { paint } = painter;
  const footer = footerLine(state, painter);
  if (rows < 2) return [padCells(shortLine(view, columns), columns)].slice(0, rows);
  const title = paint(padCells(' meet · tic-tac-toe', columns), 'bold');
  const words = wordLines(view).map((line, at) => centred(line, columns, at === 1 ? 'bold' : ''));
  const painted = words.map(({ text, style }) => (style === 'bold' ? paint(text, style) : text));
  const room = rows - 2 - painted.length - 1;
  const size = [LARGE_SQUARE, SMALL_SQUARE].find(
    (each) => boardRows(each) <= room && boardColumns(each) <= columns,
  );
  if (size === undefined) return [...tiny(state, rows - 1), footer];
  const margin = Math.floor((columns - boardColumns(size)) / 2);
  const rest = columns - margin - boardColumns(size);
  const board = boardLines(view, cursor, painter, size).map(
    (line) => ' '.repeat(margin) + line + ' '.repeat(rest),
  );
  const middle = [...board, ' '.repeat(columns), ...painted];
  const above = Math.floor((rows - 2 - middle.length) / 2);
  const blank = (count: number): string[] =>
    Array.from({ length: count }, () => ' '.repeat(columns));
  return [title, ...blank(above), ...middle, ...blank(rows - 2 - middle.length - above), footer];
}

function centred(
  line: string,
  columns: number,
  style: 'bold' | '',
): { text: string; style: 'bold' | '' } {
  const fitted = fitCells(line, columns);
  const before = Math.floor((columns - cellsOf(fitted)) / 2);
  return { text: padCells(' '.repeat(before) + fitted, columns), style };
}

/** The board in one line, then as many of the words as fit. */
function tiny({ view, columns }: BoardState, rows: number): string[] {
  const lines = [shortLine(view, columns), ...wordLines(view)].slice(0, rows);
  return Array.from({ length: rows }, (_, row) => padCells(lines[row] ?? '', columns));
}

/** A question, why a key did nothing, or the keys of the moment; how to leave always fits first. */
function footerLine({ view, asking, notice, columns }: BoardState, { paint }: Painter): string {
  if (asking) {
    return paint(padCells(' Leave the game? y Enter yes, n Esc no', columns), 'bold', 'warn');
  }
  if (notice !== undefined) return paint(padCells(` ${notice}`, columns), 'bold', 'warn');
  const keys = [QUIT_KEY, ...keysNow(view)].filter(({ short }) => short !== undefined);
  const arrows = keys.some(({ label }) => label === '1-9') ? '  arrows' : '';
  const words = keys.map(({ label, short }) => `${label} ${short ?? ''}`).join('  ');
  return paint(padCells(` ${words}${arrows}`, columns), 'dim');
}
