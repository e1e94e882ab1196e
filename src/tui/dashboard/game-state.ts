/**
 * What the dashboard's state becomes when a table changes: what opens by itself, what closes, what is
 * told. Owns these decisions; asks nothing of the meeting.
 */
import type { GameView } from '../../game/game-view.js';
import { stateWords } from '../../game/game-view.js';
import { FIRST_SQUARE } from '../play/board-keys.js';
import type { DashboardState } from './dashboard-state.js';

export interface GameChange {
  readonly changes: Partial<DashboardState>;
  readonly notice: string | undefined;
}

/** `view`: the table as it is now; undefined: there is none any more. */
export function gameChange(state: DashboardState, view: GameView | undefined): GameChange {
  if (view === undefined)
    return { changes: { game: undefined, ...closed(state) }, notice: undefined };
  switch (view.state) {
    case 'offered':
      return { changes: { game: view }, notice: offerNotice(view) };
    case 'playing':
      return onPlaying(state, view);
    case 'over':
      return { changes: { game: view }, notice: overNotice(state, view) };
    case 'closed':
      return onClosed(state, view);
  }
}

/** Shown while the board is not: that an answer or a move is due. undefined: neither is. */
export function gameHint({ game, dialog }: DashboardState): string | undefined {
  if (game === undefined || dialog === 'game' || dialog === 'offer') return undefined;
  const { state, offeredBy, opponent, own, position, revenge } = game;
  if (state === 'offered') {
    return offeredBy === 'opponent' ? `${opponent} offers a game (g)` : `${opponent} is asked (g)`;
  }
  if (state === 'playing') return position.turn === own ? 'your move (g)' : `${opponent} moves (g)`;
  if (state !== 'over') return undefined;
  return revenge === 'opponent' ? `${opponent} wants a revenge (g)` : 'game over (g)';
}

/** A game that begins is shown, unless something else is being answered or typed. */
function onPlaying(state: DashboardState, view: GameView): GameChange {
  const before = state.game;
  const begins = before?.state !== 'playing' || before.number !== view.number;
  if (!begins) return { changes: { game: view }, notice: undefined };
  const free = ['none', 'offer', 'game'].includes(state.dialog) && state.draft === undefined;
  const opened = free ? ({ dialog: 'game' } as const) : {};
  return {
    changes: { game: view, square: FIRST_SQUARE, ...opened },
    notice: free ? undefined : `the game with ${view.opponent} begins: g`,
  };
}

/** A result stays on a board that is open; anything else that ends is told and gone. */
function onClosed(state: DashboardState, view: GameView): GameChange {
  const stays = view.position.outcome !== undefined && state.dialog === 'game';
  if (stays) return { changes: { game: view }, notice: view.words };
  return { changes: { game: undefined, ...closed(state) }, notice: `game: ${view.words}` };
}

function closed({ dialog }: DashboardState): Partial<DashboardState> {
  return dialog === 'game' || dialog === 'offer' ? { dialog: 'none' } : {};
}

function offerNotice({ offeredBy, words }: GameView): string | undefined {
  return offeredBy === 'opponent' ? `${words}: g` : undefined;
}

function overNotice({ dialog }: DashboardState, view: GameView): string | undefined {
  return dialog === 'game' ? undefined : `game: ${stateWords(view)}`;
}
