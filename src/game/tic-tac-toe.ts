/**
 * The rules of tic-tac-toe. Owns what a position is, which moves are legal and when a game is over;
 * pure: knows no player, no wire and no screen.
 *
 *   0,0 │ 0,1 │ 0,2      row,column; squares are numbered 0 to 8 in the same order
 *   1,0 │ 1,1 │ 1,2
 *   2,0 │ 2,1 │ 2,2
 */
import { MeetError } from '../transport/errors.js';

export type Mark = 'X' | 'O';

/** 0 to 2 each, from the top and from the left. */
export interface Move {
  readonly row: number;
  readonly column: number;
}

export type Outcome = Mark | 'tie';

/** A game so far. Immutable: `play` makes the next one. */
export interface Position {
  /** Nine squares, row by row. */
  readonly squares: readonly (Mark | undefined)[];
  /** All moves so far, X's first. */
  readonly moves: readonly Move[];
  /** Who moves next; undefined once the game is over. */
  readonly turn: Mark | undefined;
  /** undefined: the game goes on. */
  readonly outcome: Outcome | undefined;
}

/** Rows and columns of the board. */
export const SIDE = 3;

/** An empty board; X moves first. */
export const START: Position = Object.freeze({
  squares: Object.freeze(Array.from({ length: SIDE * SIDE }, () => undefined)),
  moves: Object.freeze([]),
  turn: 'X',
  outcome: undefined,
});

/** Rows, columns and diagonals, as numbers of squares. */
export const LINES: readonly (readonly [number, number, number])[] = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
];

export function otherMark(mark: Mark): Mark {
  return mark === 'X' ? 'O' : 'X';
}

/** Number of a move's square, 0 to 8. */
export function squareOf({ row, column }: Move): number {
  return row * SIDE + column;
}

/** The move onto a square, 0 to 8. */
export function moveOnto(square: number): Move {
  return { row: Math.floor(square / SIDE), column: square % SIDE };
}

/** Why this player may not make this move now, in words; undefined: it is legal. */
export function refusalOf(position: Position, mark: Mark, move: Move): string | undefined {
  const { row, column } = move;
  if (!isIndex(row) || !isIndex(column)) {
    return `${row},${column} is not on the board: row and column go from 0 to 2`;
  }
  if (position.outcome !== undefined) return `${row},${column} came after the end of the game`;
  if (position.turn !== mark) return `${row},${column} came out of turn: ${otherMark(mark)} moves`;
  const taken = position.squares[squareOf(move)];
  return taken === undefined ? undefined : `${row},${column} is taken by ${taken}`;
}

/** The position after a move. Throws MEET_PLAY_MOVE where it is not legal. */
export function play(position: Position, mark: Mark, move: Move): Position {
  const refusal = refusalOf(position, mark, move);
  if (refusal !== undefined) throw new MeetError('MEET_PLAY_MOVE', refusal);
  const square = squareOf(move);
  const squares = position.squares.map((held, at) => (at === square ? mark : held));
  const moves = [...position.moves, { row: move.row, column: move.column }];
  const outcome = outcomeOf(squares, mark);
  return { squares, moves, turn: outcome === undefined ? otherMark(mark) : undefined, outcome };
}

/** The position after these moves from the start, X first. Throws MEET_PLAY_MOVE at an illegal one. */
export function replay(moves: readonly Move[]): Position {
  let position = START;
  // Whose turn it is follows from the position; after the end any mark is refused.
  for (const move of moves) position = play(position, position.turn ?? 'X', move);
  return position;
}

/** The legal moves of whose turn it is; none once the game is over. */
export function legalMoves({ squares, outcome }: Position): Move[] {
  if (outcome !== undefined) return [];
  return squares.flatMap((held, square) => (held === undefined ? [moveOnto(square)] : []));
}

/** The squares of all lines that one player holds: those that won, none before. */
export function winningSquares({ squares }: Position): ReadonlySet<number> {
  return new Set(LINES.filter((line) => isHeld(line, squares)).flat());
}

/** After a move by `mark`: only that player can have won by it. */
function outcomeOf(squares: Position['squares'], mark: Mark): Outcome | undefined {
  if (LINES.some((line) => line.every((square) => squares[square] === mark))) return mark;
  return squares.includes(undefined) ? undefined : 'tie';
}

function isHeld([first, ...others]: readonly number[], squares: Position['squares']): boolean {
  const mark = first === undefined ? undefined : squares[first];
  return mark !== undefined && others.every((square) => squares[square] === mark);
}

function isIndex(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < SIDE;
}
