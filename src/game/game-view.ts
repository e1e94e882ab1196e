/**
 * A table as one of its two players sees it: against whom, the position, what has become of it. Owns
 * this view and its words; moves nothing.
 */
import type { ErrorCode } from '../transport/errors.js';
import { moveText } from './move-text.js';
import type { Mark, Move, Position } from './tic-tac-toe.js';
import { otherMark } from './tic-tac-toe.js';

/**
 *   offered ──accepted──> playing ──won or tie──> over ──revenge by both──> playing
 *      └──────────────────── left, declined, gone ────────────────────────> closed
 */
export type GameState = 'offered' | 'playing' | 'over' | 'closed';

export interface GameView {
  readonly state: GameState;
  /** Number of the game at this table, from 1; a revenge is the next one. */
  readonly number: number;
  readonly offeredBy: 'self' | 'opponent';
  /** Name or address, safe to show. */
  readonly opponent: string;
  readonly own: Mark;
  readonly position: Position;
  /** The opponent's connection is lost; it may come back. */
  readonly away: boolean;
  /** Who wants a revenge, where one does and the other has not said so. */
  readonly revenge: 'none' | 'self' | 'opponent';
  /** offered: what is waited for. closed: why, for people. */
  readonly words: string;
  /** closed: why, for programs. */
  readonly code?: ErrorCode;
}

/** What a player may want. */
export type PlayRequest =
  | { readonly action: 'move'; readonly move: Move }
  | { readonly action: 'accept' | 'decline' | 'revenge' | 'leave' };

/** A table that one sits at, wherever the opponent is. */
export interface PlayTable {
  readonly view: GameView;
  /** Calls after each change of `view`, synchronously; returns what ends it. */
  listen(listener: () => void): () => void;
  /** Rejects with a MeetError that says why not; the table is then as it was. */
  act(request: PlayRequest): Promise<void>;
}

/** `X 1,2`; undefined before the first move. */
export function lastMoveWords({ position: { moves } }: GameView): string | undefined {
  const last = moves.at(-1);
  return last === undefined ? undefined : `${markOfMove(moves.length)} ${moveText(last)}`;
}

/** Who made move number `count`, from 1. */
export function markOfMove(count: number): Mark {
  return count % 2 === 1 ? 'X' : 'O';
}

/** `X won (you)`, `tie: nobody won`; undefined while nobody has. */
export function resultWords({
  position: { outcome },
  own,
  opponent,
}: GameView): string | undefined {
  if (outcome === undefined) return undefined;
  if (outcome === 'tie') return 'tie: nobody won';
  return `${outcome} won (${outcome === own ? 'you' : opponent})`;
}

/** How the table stands, in one line. */
export function stateWords(view: GameView): string {
  const { state, own, opponent, position, words, away } = view;
  const result = resultWords(view);
  if (result !== undefined) return result;
  if (state === 'offered' || state === 'closed') return words;
  if (away) return `${opponent} lost its connection; waiting for it`;
  if (position.turn === own) return `your move: you are ${own}`;
  return `${opponent} moves (${otherMark(own)})`;
}
