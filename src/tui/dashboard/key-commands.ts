/**
 * What keys do: from the name of a key in a scope to the change it makes. Owns the commands; the
 * table of keys is key-table.ts, the state dashboard.ts.
 */
import type { StreamKind } from '../../transport/stream-kind.js';
import type { Meeting, Player } from '../meeting.js';
import { boardFacts } from '../play/board-keys.js';
import { erased, typed } from './chat-draft.js';
import type { Dashboard } from './dashboard.js';
import type { DashboardState, Subject } from './dashboard-state.js';
import { focusedTile, layoutFor } from './dashboard-state.js';
import { moveFocus, turnPage, zoomDirect } from './focus-move.js';
import type { Command, KeyFacts, KeyScope } from './key-table.js';
import { bindingOf } from './key-table.js';
import type { PlayCommand } from './play-commands.js';
import { playCommands } from './play-commands.js';

export class KeyCommands {
  readonly #dashboard: Dashboard;
  readonly #meeting: Meeting;
  readonly #onQuit: () => void;
  readonly #commands: Readonly<Record<Command, (key: string) => void>>;

  constructor(dashboard: Dashboard, meeting: Meeting, onQuit: () => void) {
    this.#dashboard = dashboard;
    this.#meeting = meeting;
    this.#onQuit = onQuit;
    this.#commands = {
      ...this.#movements(),
      ...this.#panels(),
      ...this.#requests(),
      ...playCommands(dashboard, meeting),
    };
  }

  /** One key by its name, as key-name.ts gives it. True when it did something. */
  press(key: string): boolean {
    const { state } = this.#dashboard;
    const binding = bindingOf(scopeOf(state), key, keyFacts(state));
    if (binding === undefined) return false;
    this.#commands[binding.command](key);
    return true;
  }

  /**
   * Characters that came at once: typed into the message, or keys one after the other. What opens a
   * dialog ends them, so that no pasted text can also answer its question; but Ctrl-C always counts.
   */
  type(text: string): void {
    const before = this.#dashboard.state.dialog;
    let room = KEYS_AT_ONCE_MAX;
    for (const run of text.match(KEYS_AND_TEXT) ?? []) {
      const control = controlKey(run);
      if (control !== undefined && this.#controls(control)) continue;
      const characters = Array.from(run);
      for (const [index, character] of characters.entries()) {
        if (scopeOf(this.#dashboard.state) === 'chat') {
          this.#draft((draft) => typed(draft, characters.slice(index).join('')));
          break;
        }
        if (this.#dashboard.state.dialog !== before || room === 0) break;
        room -= 1;
        this.press(control ?? character);
      }
    }
  }

  /** Text that the terminal says was pasted: for the message, and nothing else. */
  paste(text: string): void {
    if (scopeOf(this.#dashboard.state) === 'chat') this.#draft((draft) => typed(draft, text));
  }

  /** Control characters amid others: true when that was all that they mean. */
  #controls(key: string): boolean {
    // Two in one read are two.
    if (key === 'ctrl-c') return this.press(key);
    // A line break amid other text was pasted: it becomes a space, and sends nothing.
    if (scopeOf(this.#dashboard.state) === 'chat' && key !== 'enter') {
      this.press(key);
      return true;
    }
    return false;
  }

  #movements(): Record<MovementCommand, (key: string) => void> {
    const change = (make: (state: DashboardState) => Partial<DashboardState>): void => {
      this.#dashboard.change(make(this.#dashboard.state));
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

  #panels(): Record<PanelCommand, () => void> {
    const dashboard = this.#dashboard;
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
        this.#draft(erased);
      },
      'ask-quit': set({ dialog: 'quit', draft: undefined }),
      'ask-kick': set({ dialog: 'kick' }),
      waiting: set({ dialog: 'waiting' }),
      'close-dialog': set({ dialog: 'none', subject: undefined }),
      'host-menu': () => {
        dashboard.change({ dialog: 'host', subject: this.#subject() });
      },
      quit: () => {
        this.#onQuit();
      },
    };
  }

  #requests(): Record<RequestCommand, (key: string) => void> {
    const own = (kind: StreamKind) => (): void => {
      this.#dashboard.ask(() => this.#meeting.toggleOwn(kind));
    };
    const host = (kind: StreamKind) => (): void => {
      this.#toggleSubject(kind);
    };
    return {
      'own-screen': own('screen'),
      'own-video': own('video'),
      'own-audio': own('audio'),
      'host-screen': host('screen'),
      'host-video': host('video'),
      'host-audio': host('audio'),
      kick: () => {
        const { subject } = this.#dashboard.state;
        this.#dashboard.change({ dialog: 'none', subject: undefined });
        if (subject === undefined) return;
        this.#dashboard.ask(() => this.#meeting.toggle('kick', subject.participant));
      },
      admit: () => {
        this.#decide('admit');
      },
      refuse: () => {
        this.#decide('refuse');
      },
      'mute-here': () => {
        this.#muteHere();
      },
      hand: () => {
        this.#raiseHand();
      },
      send: () => {
        this.#send();
      },
      'player-pause': () => {
        this.#player((player) => {
          player.pause();
        });
      },
      'player-seek': (key) => {
        this.#player((player) => {
          player.seek(SEEK_MS[key] ?? 0);
        });
      },
      'player-speed': (key) => {
        this.#player((player) => {
          player.faster(key === '-' ? -1 : 1);
        });
      },
    };
  }

  /** What it did is seen at once. */
  #player(change: (player: Player) => void): void {
    const { player } = this.#meeting;
    if (player === undefined) return;
    change(player);
    this.#dashboard.refresh();
  }

  #draft(make: (draft: string) => string): void {
    this.#dashboard.change({ draft: make(this.#dashboard.state.draft ?? '') });
  }

  #send(): void {
    const text = (this.#dashboard.state.draft ?? '').trim();
    this.#dashboard.change({ draft: undefined });
    if (text !== '') this.#meeting.chat(text);
  }

  #muteHere(): void {
    const tile = focusedTile(this.#dashboard.state);
    if (tile === undefined) return;
    const muted = !this.#meeting.isMutedHere(tile.participant);
    this.#meeting.setMutedHere(tile.participant, muted);
    this.#dashboard.refresh();
    this.#dashboard.notice(`${tile.name} is ${muted ? 'muted' : 'heard again'} here`);
  }

  #raiseHand(): void {
    const { self, roster } = this.#meeting;
    const up = roster.find(({ participant }) => participant === self)?.hand !== true;
    this.#meeting.raiseHand(up);
    this.#dashboard.notice(up ? 'your hand is up' : 'your hand is down');
  }

  #toggleSubject(kind: StreamKind): void {
    const { subject } = this.#dashboard.state;
    this.#dashboard.change({ dialog: 'none', subject: undefined });
    const stream = subject?.streams.find((each) => each.kind === kind);
    if (subject === undefined || stream === undefined) return;
    const { participant } = subject;
    const { stopped } = stream;
    this.#dashboard.ask(() =>
      kind === 'audio'
        ? this.#meeting.toggle(stopped ? 'unmute' : 'mute', participant)
        : this.#meeting.toggle(stopped ? 'start' : 'stop', participant, kind),
    );
  }

  /** About the one whom the dialog shows; the next one is shown after it. */
  #decide(action: 'admit' | 'refuse'): void {
    const [first, ...others] = this.#dashboard.state.waiting;
    if (first === undefined) return;
    const dialog = others.length > 0 ? 'waiting' : 'none';
    this.#dashboard.change({ waiting: others, dialog });
    this.#dashboard.ask(() => this.#meeting.decide(action, first.number));
  }

  #subject(): Subject | undefined {
    const tile = focusedTile(this.#dashboard.state);
    const entry = this.#meeting.roster.find((each) => each.participant === tile?.participant);
    if (tile === undefined || entry === undefined) return undefined;
    const streams = entry.streams.map(({ kind, host }) => ({ kind, stopped: host === 'off' }));
    return { participant: tile.participant, name: tile.name, streams };
  }
}

/** How far each key goes. */
const SEEK_MS: Readonly<Record<string, number>> = {
  ',': -10_000,
  '.': 10_000,
  '<': -60_000,
  '>': 60_000,
};

/** Keys in one read beyond this are a paste, which is not for the tiles. */
const KEYS_AT_ONCE_MAX = 16;
/** A control character each, or the text between two of them. */
const KEYS_AND_TEXT = /\p{Cc}|\P{Cc}+/gu;

/** The key that a control character stands for (ECMA-48 C0 and DEL); undefined: it is none. */
function controlKey(character: string): string | undefined {
  const code = character.charCodeAt(0);
  if (code === 0x7f || code === 0x08) return 'backspace';
  if (code === 0x09) return 'tab';
  if (code === 0x0a || code === 0x0d) return 'enter';
  return code < 0x20 ? `ctrl-${String.fromCharCode(code + 0x60)}` : undefined;
}

type MovementCommand = Extract<
  Command,
  `move-${string}` | `page-${string}` | 'zoom' | 'unzoom' | 'direct'
>;
type RequestCommand = Extract<
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
type PanelCommand = Exclude<Command, MovementCommand | RequestCommand | PlayCommand>;

/** Which keys are read now. */
export function scopeOf(state: DashboardState): KeyScope {
  if (state.dialog !== 'none') return state.dialog;
  return state.draft === undefined ? 'main' : 'chat';
}

/** What the key table asks of the state. */
export function keyFacts(state: DashboardState): KeyFacts {
  return {
    ...state.rights,
    tiles: state.tiles.length,
    pages: layoutFor(state).grid.pages,
    zoomed: state.zoomed,
    waiting: state.waiting.length,
    subjectKinds: state.subject?.streams.map(({ kind }) => kind) ?? [],
    board: boardFacts(state.game),
  };
}
