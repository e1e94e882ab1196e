/**
 * What keys ask of the meeting: one's own streams, the host's acts, a hand, a message, a recording's
 * pace. Owns these commands; the keys are key-table.ts's.
 */
import type { StreamKind } from '../../transport/stream-kind.js';
import type { Meeting, Player } from '../meeting.js';
import type { Dashboard } from './dashboard.js';
import { focusedTile } from './dashboard-state.js';
import type { Command } from './key-table.js';

export type RequestCommand = Extract<
  Command,
  | `own-${string}`
  | `player-${string}`
  | 'host-screen'
  | 'host-video'
  | 'host-audio'
  | 'kick'
  | 'admit'
  | 'refuse'
  | 'mute-here'
  | 'hand'
  | 'send'
>;

type Run = (key: string) => void;

/** How far each key goes. */
const SEEK_MS: Readonly<Record<string, number>> = {
  ',': -10_000,
  '.': 10_000,
  '<': -60_000,
  '>': 60_000,
};

export function requestCommands(
  dashboard: Dashboard,
  meeting: Meeting,
): Record<RequestCommand, Run> {
  const own = (kind: StreamKind) => (): void => {
    dashboard.notices.ask(() => meeting.toggleOwn(kind));
  };
  const host = (kind: StreamKind) => (): void => {
    toggleSubject(dashboard, meeting, kind);
  };
  return {
    'own-screen': own('screen'),
    'own-video': own('video'),
    'own-audio': own('audio'),
    'host-screen': host('screen'),
    'host-video': host('video'),
    'host-audio': host('audio'),
    kick: () => {
      const { subject } = dashboard.state;
      dashboard.change({ dialog: 'none', subject: undefined });
      if (subject === undefined) return;
      dashboard.notices.ask(() => meeting.toggle('kick', subject.participant));
    },
    admit: () => {
      decide(dashboard, meeting, 'admit');
    },
    refuse: () => {
      decide(dashboard, meeting, 'refuse');
    },
    'mute-here': () => {
      muteHere(dashboard, meeting);
    },
    hand: () => {
      raiseHand(dashboard, meeting);
    },
    send: () => {
      send(dashboard, meeting);
    },
    'player-pause': () => {
      withPlayer(dashboard, meeting, (player) => {
        player.pause();
      });
    },
    'player-seek': (key) => {
      withPlayer(dashboard, meeting, (player) => {
        player.seek(SEEK_MS[key] ?? 0);
      });
    },
    'player-speed': (key) => {
      withPlayer(dashboard, meeting, (player) => {
        player.faster(key === '-' ? -1 : 1);
      });
    },
  };
}

/** What it did is seen at once. */
function withPlayer(
  dashboard: Dashboard,
  meeting: Meeting,
  change: (player: Player) => void,
): void {
  const { player } = meeting;
  if (player === undefined) return;
  change(player);
  dashboard.refresh();
}

function send(dashboard: Dashboard, meeting: Meeting): void {
  const text = (dashboard.state.draft ?? '').trim();
  dashboard.change({ draft: undefined });
  if (text !== '') meeting.chat(text);
}

function muteHere(dashboard: Dashboard, meeting: Meeting): void {
  const tile = focusedTile(dashboard.state);
  if (tile === undefined) return;
  const muted = !meeting.isMutedHere(tile.participant);
  meeting.setMutedHere(tile.participant, muted);
  dashboard.refresh();
  dashboard.notices.show(`${tile.name} is ${muted ? 'muted' : 'heard again'} here`);
}

function raiseHand(dashboard: Dashboard, meeting: Meeting): void {
  const { self, roster } = meeting;
  const up = roster.find(({ participant }) => participant === self)?.hand !== true;
  meeting.raiseHand(up);
  dashboard.notices.show(up ? 'your hand is up' : 'your hand is down');
}

function toggleSubject(dashboard: Dashboard, meeting: Meeting, kind: StreamKind): void {
  const { subject } = dashboard.state;
  dashboard.change({ dialog: 'none', subject: undefined });
  const stream = subject?.streams.find((each) => each.kind === kind);
  if (subject === undefined || stream === undefined) return;
  const { participant } = subject;
  const { stopped } = stream;
  dashboard.notices.ask(() =>
    kind === 'audio'
      ? meeting.toggle(stopped ? 'unmute' : 'mute', participant)
      : meeting.toggle(stopped ? 'start' : 'stop', participant, kind),
  );
}

/** About the one whom the dialog shows; the next one is shown after it. */
function decide(dashboard: Dashboard, meeting: Meeting, action: 'admit' | 'refuse'): void {
  const [first, ...others] = dashboard.state.waiting;
  if (first === undefined) return;
  const dialog = others.length > 0 ? 'waiting' : 'none';
  dashboard.change({ waiting: others, dialog });
  const { number } = first;
  dashboard.notices.ask(() =>
    dashboard.waitingList.decide(number, () => meeting.decide(action, number)),
  );
}
