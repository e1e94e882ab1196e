/**
 * What the keys of a game do in the dashboard: offer, answer, move, leave. Owns these commands; the
 * keys are key-table.ts's, the board's own board-keys.ts's.
 */
import type { Meeting } from '../meeting.js';
import type { BoardCommand } from '../play/board-keys.js';
import { boardStep } from '../play/board-keys.js';
import type { Dashboard } from './dashboard.js';
import type { DashboardState, Player } from './dashboard-state.js';
import { focusedTile } from './dashboard-state.js';
import { nameOf } from './tile.js';

export type PlayCommand = BoardCommand | 'game' | 'offer-game' | 'accept-game' | 'decline-game';

type Run = (key: string) => void;

/** Number keys reach nine. */
const PLAYERS_MAX = 9;

export function playCommands(dashboard: Dashboard, meeting: Meeting): Record<PlayCommand, Run> {
  const step =
    (command: BoardCommand): Run =>
    (key) => {
      const next = boardStep(command, key, dashboard.state.square);
      if ('cursor' in next) dashboard.change({ square: next.cursor });
      else dashboard.notices.ask(() => meeting.play(next.request));
    };
  const answer =
    (action: 'accept' | 'decline'): Run =>
    () => {
      dashboard.change({ dialog: 'none' });
      dashboard.notices.ask(() => meeting.play({ action }));
    };
  return {
    'square-left': step('square-left'),
    'square-right': step('square-right'),
    'square-up': step('square-up'),
    'square-down': step('square-down'),
    square: step('square'),
    place: step('place'),
    revenge: step('revenge'),
    'leave-table': (key) => {
      const atTable = dashboard.state.game?.state !== 'closed';
      dashboard.change({ dialog: 'none' });
      if (atTable) step('leave-table')(key);
    },
    'accept-game': answer('accept'),
    'decline-game': answer('decline'),
    game: () => {
      dashboard.change(openGame(dashboard.state, meeting));
    },
    'offer-game': (key) => {
      const player = dashboard.state.players[Number(key) - 1];
      dashboard.change({ dialog: 'none' });
      if (player !== undefined) dashboard.notices.ask(() => meeting.offerGame(player.participant));
    },
  };
}

/** The offer that waits for an answer, the board, or whom to ask. */
function openGame(state: DashboardState, meeting: Meeting): Partial<DashboardState> {
  const { game } = state;
  if (game === undefined || game.state === 'closed') {
    return { dialog: 'players', players: playersOf(state, meeting) };
  }
  const asked = game.state === 'offered' && game.offeredBy === 'opponent';
  return { dialog: asked ? 'offer' : 'game' };
}

/** Everybody else who is there and no older client, the focused one first. */
function playersOf(state: DashboardState, { roster, self }: Meeting): Player[] {
  const focused = focusedTile(state)?.participant;
  const others = roster
    .filter(({ participant, origin, away }) => participant !== self && origin === 'native' && !away)
    .map((entry) => ({ participant: entry.participant, name: nameOf(entry) }));
  const first = others.filter(({ participant }) => participant === focused);
  const rest = others.filter(({ participant }) => participant !== focused);
  return [...first, ...rest].slice(0, PLAYERS_MAX);
}
