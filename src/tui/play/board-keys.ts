/**
 * The keys of a board, in `meet play` and in the dashboard alike: what each does and its words. Owns the
 * table and what a key makes of the cursor; plays nothing by itself.
 */
import type { GameView, PlayRequest } from '../../game/game-view.js';
import { SIDE, moveOnto } from '../../game/tic-tac-toe.js';

export type BoardCommand =
  | 'square-left'
  | 'square-right'
  | 'square-up'
  | 'square-down'
  | 'square'
  | 'place'
  | 'revenge'
  | 'leave-table';

/** What decides whether a key does anything now. */
export interface BoardFacts {
  /** A move of one's own is due. */
  readonly mine: boolean;
  /** A game has ended by its rules, and the other one is still there. */
  readonly over: boolean;
}

export interface BoardKey {
  /** Names of keys as key-name.ts gives them. */
  readonly keys: readonly string[];
  readonly label: string;
  /** For the footer; undefined: only in the manual. */
  readonly short?: string;
  readonly words: string;
  readonly command: BoardCommand;
  readonly when?: (facts: BoardFacts) => boolean;
}

const mine = (facts: BoardFacts): boolean => facts.mine;
const over = (facts: BoardFacts): boolean => facts.over;

/** But for how to leave, which differs: `q` in `meet play`, `x` in the dashboard. */
export const BOARD_KEYS: readonly BoardKey[] = [
  // prettier-ignore
  { keys: ['enter', ' '], label: 'Enter', short: 'place', words: 'your mark on the square', command: 'place', when: mine },
  // prettier-ignore
  { keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], label: '1-9', short: 'square', words: 'that square', command: 'square', when: mine },
  // prettier-ignore
  { keys: ['left', 'h'], label: 'Left h', words: 'square to the left', command: 'square-left', when: mine },
  // prettier-ignore
  { keys: ['right', 'l'], label: 'Right l', words: 'square to the right', command: 'square-right', when: mine },
  // prettier-ignore
  { keys: ['up', 'k'], label: 'Up k', words: 'square above', command: 'square-up', when: mine },
  // prettier-ignore
  { keys: ['down', 'j'], label: 'Down j', words: 'square below', command: 'square-down', when: mine },
  // prettier-ignore
  { keys: ['r'], label: 'r', short: 'revenge', words: 'another game, once both want it', command: 'revenge', when: over },
];

export function boardFacts(view: GameView | undefined): BoardFacts {
  if (view === undefined) return { mine: false, over: false };
  const { state, position, own } = view;
  return { mine: state === 'playing' && position.turn === own, over: state === 'over' };
}

/** Where the cursor begins: the centre. */
export const FIRST_SQUARE = 4;

/** What a key makes of it: a cursor elsewhere, or something to ask of the table. */
export function boardStep(
  command: BoardCommand,
  key: string,
  cursor: number,
): { readonly cursor: number } | { readonly request: PlayRequest } {
  const { row, column } = moveOnto(cursor);
  const to = (nextRow: number, nextColumn: number): { cursor: number } => ({
    cursor: clamped(nextRow) * SIDE + clamped(nextColumn),
  });
  switch (command) {
    case 'square-left':
      return to(row, column - 1);
    case 'square-right':
      return to(row, column + 1);
    case 'square-up':
      return to(row - 1, column);
    case 'square-down':
      return to(row + 1, column);
    case 'square':
      return { cursor: Number(key) - 1 };
    case 'place':
      return { request: { action: 'move', move: { row, column } } };
    case 'revenge':
      return { request: { action: 'revenge' } };
    case 'leave-table':
      return { request: { action: 'leave' } };
  }
}

function clamped(index: number): number {
  return Math.max(0, Math.min(SIDE - 1, index));
}
