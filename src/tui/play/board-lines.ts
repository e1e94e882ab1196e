/**
 * A board as lines of text: squares, cursor, last move, what won, and the words beside it. Owns how it
 * looks at each size; nothing is told by colour alone.
 *
 *    X │ 2 │ 3        1 to 9: free squares   [5]: the cursor
 *   ───┼───┼───       (O): the last move     *X*: what won
 *    4 │[5]│(O)
 */
import { boardText } from '../../game/board-text.js';
import type { GameView } from '../../game/game-view.js';
import { lastMoveWords, stateWords } from '../../game/game-view.js';
import { SIDE, squareOf, winningSquares } from '../../game/tic-tac-toe.js';
import type { Painter, Style } from '../dashboard/paint.js';
import { fitCells } from '../dashboard/printable-text.js';
import { boardFacts } from './board-keys.js';

/** Cells of a square: its width and its height. */
export interface SquareSize {
  readonly columns: number;
  readonly rows: number;
}

export const SMALL_SQUARE: SquareSize = { columns: 3, rows: 1 };
export const LARGE_SQUARE: SquareSize = { columns: 7, rows: 3 };

export function boardColumns({ columns }: SquareSize): number {
  return SIDE * columns + SIDE - 1;
}

export function boardRows({ rows }: SquareSize): number {
  return SIDE * rows + SIDE - 1;
}

/** Lines of exactly `boardColumns(size)` cells. */
export function boardLines(
  view: GameView,
  cursor: number,
  painter: Painter,
  size: SquareSize,
): string[] {
  const { marks, paint } = painter;
  const square = squarePainter(view, cursor, painter, size);
  const cross = marks.bar === '│' ? '┼' : '+';
  const rule = paint(
    Array.from({ length: SIDE }, () => marks.rule.repeat(size.columns)).join(cross),
    'dim',
  );
  const bar = paint(marks.bar, 'dim');
  const indexes = [...Array(SIDE).keys()];
  return indexes.flatMap((row) => [
    ...(row === 0 ? [] : [rule]),
    ...Array.from({ length: size.rows }, (_, line) =>
      indexes.map((column) => square(row * SIDE + column, line)).join(bar),
    ),
  ]);
}

/** One line of one square. */
function squarePainter(
  view: GameView,
  cursor: number,
  { paint }: Painter,
  { columns, rows }: SquareSize,
): (square: number, line: number) => string {
  const { squares, moves } = view.position;
  const last = moves.at(-1);
  const lastSquare = last === undefined ? undefined : squareOf(last);
  const winning = winningSquares(view.position);
  const { mine } = boardFacts(view);
  return (square, line) => {
    const mark = squares[square];
    const pointed = mine && square === cursor;
    const [left, right] = pointed
      ? '[]'
      : winning.has(square)
        ? '**'
        : square === lastSquare
          ? '()'
          : '  ';
    const middle = line === Math.floor(rows / 2);
    const text = middle ? `${left ?? ''}${mark ?? square + 1}${right ?? ''}` : '';
    const before = Math.floor((columns - text.length) / 2);
    const padded = ' '.repeat(before) + text + ' '.repeat(columns - before - text.length);
    const styles: Style[] = [mark === undefined ? 'dim' : mark === 'X' ? 'accent' : 'warn'];
    if (winning.has(square) || (mark !== undefined && square === lastSquare)) styles.push('bold');
    if (winning.has(square)) styles.push('good');
    if (pointed) styles.push('inverse');
    return paint(padded, ...styles);
  };
}

/** What stands below a board: how it stands, the last move, the wish for a revenge. */
export function wordLines(view: GameView): string[] {
  const { state, own, opponent, number, revenge, words } = view;
  const last = lastMoveWords(view);
  const lines = [
    `you are ${own}, against ${opponent === '' ? 'nobody yet' : opponent}${number > 1 ? `, game ${number}` : ''}`,
    stateWords(view),
    last === undefined ? 'no move yet' : `last move: ${last}`,
  ];
  if (revenge === 'self') {
    lines.push(words === '' ? `revenge: waiting for ${opponent}` : `revenge: ${words}`);
  }
  if (revenge === 'opponent') lines.push(`${opponent} wants a revenge: r`);
  // The result is the state's words then; why there is no revenge stands below.
  if (state === 'closed' && view.position.outcome !== undefined) lines.push(words);
  return lines;
}

/** Where there is no room for a board: `X../.O./... your move`. */
export function shortLine(view: GameView, columns: number): string {
  return fitCells(`${boardText(view.position)} ${stateWords(view)}`, columns);
}
