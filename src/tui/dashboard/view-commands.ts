/**
 * What keys change of the view: focus, page, zoom, panels, dialogs. Owns these commands; the keys are
 * key-table.ts's.
 */
import type { Meeting } from '../meeting.js';
import { erased } from './chat-draft.js';
import type { Dashboard } from './dashboard.js';
import type { DashboardState, Subject } from './dashboard-state.js';
import { focusedTile, layoutFor } from './dashboard-state.js';
import { moveFocus, turnPage, zoomDirect } from './focus-move.js';
import type { Command } from './key-table.js';
import type { PlayCommand } from './play-commands.js';
import type { RequestCommand } from './request-commands.js';

type MovementCommand = Extract<
  Command,
  `move-${string}` | `page-${string}` | 'zoom' | 'unzoom' | 'direct'
>;
type PanelCommand = Exclude<Command, MovementCommand | RequestCommand | PlayCommand>;

type Run = (key: string) => void;

export function movementCommands(dashboard: Dashboard): Record<MovementCommand, Run> {
  const change = (make: (state: DashboardState) => Partial<DashboardState>): void => {
    dashboard.zoomMemory.forget();
    dashboard.change(make(dashboard.state));
  };
  const move = (direction: Parameters<typeof moveFocus>[1]) => (): void => {
    change((state) => moveFocus(state, direction));
  };
  const turn = (by: 1 | -1) => (): void => {
    change((state) => turnPage(state, by));
  };
  const zoom = (zoomed: boolean) => (): void => {
    change((state) => ({ zoomed, focus: focusedTile(state)?.key }));
  };
  return {
    'move-left': move('left'),
    'move-right': move('right'),
    'move-up': move('up'),
    'move-down': move('down'),
    'move-next': move('next'),
    'move-back': move('back'),
    'page-back': turn(-1),
    'page-next': turn(1),
    zoom: zoom(true),
    unzoom: zoom(false),
    direct: (key) => {
      change((state) => zoomDirect(state, Number(key) - 1));
    },
  };
}

export function panelCommands(
  dashboard: Dashboard,
  meeting: Meeting,
  onQuit: () => void,
): Record<PanelCommand, Run> {
  const set = (changes: Partial<DashboardState>) => (): void => {
    dashboard.change(changes);
  };
  return {
    pictures: () => {
      dashboard.nextPictures();
    },
    repaint: () => {
      dashboard.repaint();
    },
    'chat-panel': () => {
      dashboard.change({ chatWanted: layoutFor(dashboard.state).chatRows === 0 });
    },
    'roster-panel': () => {
      dashboard.change({ rosterWanted: layoutFor(dashboard.state).rosterRows === 0 });
    },
    help: set({ dialog: 'help' }),
    type: set({ draft: '' }),
    'leave-chat': set({ draft: undefined }),
    erase: () => {
      dashboard.change({ draft: erased(dashboard.state.draft ?? '') });
    },
    'ask-quit': set({ dialog: 'quit', draft: undefined }),
    'ask-kick': set({ dialog: 'kick' }),
    waiting: set({ dialog: 'waiting' }),
    'close-dialog': set({ dialog: 'none', subject: undefined }),
    'host-menu': () => {
      dashboard.change({ dialog: 'host', subject: subject(dashboard, meeting) });
    },
    quit: () => {
      onQuit();
    },
  };
}

function subject(dashboard: Dashboard, meeting: Meeting): Subject | undefined {
  const tile = focusedTile(dashboard.state);
  const entry = meeting.roster.find((each) => each.participant === tile?.participant);
  if (tile === undefined || entry === undefined) return undefined;
  const streams = entry.streams.map(({ kind, host }) => ({ kind, stopped: host === 'off' }));
  return { participant: tile.participant, name: tile.name, streams };
}
