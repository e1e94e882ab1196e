/**
 * The one table of keys: what each does, where, and its words. Owns the table; the footer, the help
 * and the dashboard itself are made from it, so none can differ.
 *
 * `v` goes through the picture modes for everyone who watches, so that the camera of one's own is
 * on `d`: a, s and d lie side by side (sound, screen, camera) and are one's own streams. `V` does the
 * same for hands that know the sharer's keys, where `v` is the camera.
 */

import type { BoardFacts } from '../play/board-keys.js';
import { BOARD_KEYS } from '../play/board-keys.js';
import type { PlayCommand } from './play-commands.js';

/** Where keys are read: the tiles, the message being typed, or a dialog. */
export type KeyScope =
  'main' | 'chat' | 'help' | 'quit' | 'host' | 'kick' | 'waiting' | 'players' | 'offer' | 'game';

export type Command =
  | 'move-left'
  | 'move-right'
  | 'move-up'
  | 'move-down'
  | 'move-next'
  | 'move-back'
  | 'zoom'
  | 'unzoom'
  | 'direct'
  | 'page-back'
  | 'page-next'
  | 'pictures'
  | 'mute-here'
  | 'type'
  | 'hand'
  | 'chat-panel'
  | 'roster-panel'
  | 'host-menu'
  | 'player-pause'
  | 'player-seek'
  | 'player-speed'
  | 'own-screen'
  | 'own-video'
  | 'own-audio'
  | 'help'
  | 'repaint'
  | 'ask-quit'
  | 'quit'
  | 'close-dialog'
  | 'send'
  | 'leave-chat'
  | 'erase'
  | 'host-screen'
  | 'host-video'
  | 'host-audio'
  | 'ask-kick'
  | 'kick'
  | 'waiting'
  | 'admit'
  | 'refuse'
  | PlayCommand;

/** What decides whether a key does anything now. */
export interface KeyFacts {
  readonly host: boolean;
  readonly share: boolean;
  /** A recording is shown. */
  readonly player?: boolean;
  readonly tiles: number;
  readonly pages: number;
  readonly zoomed: boolean;
  /** Kinds that the host's menu can stop or start. */
  readonly subjectKinds: readonly string[];
  /** What can be done at the board; undefined: there is none. */
  readonly board?: BoardFacts;
  /** How many wait to be let in. */
  readonly waiting: number;
}

export interface KeyBinding {
  readonly scope: KeyScope;
  /** Names of keys as `keysOf` gives them. */
  readonly keys: readonly string[];
  /** The keys as people read them. */
  readonly label: string;
  /** For the footer; undefined: only in the help. */
  readonly short?: string;
  /** For the help. */
  readonly words: string;
  readonly command: Command;
  readonly when?: (facts: KeyFacts) => boolean;
}

const some = ({ tiles }: KeyFacts): boolean => tiles > 0;
const many = ({ tiles }: KeyFacts): boolean => tiles > 1;
const paged = ({ pages, zoomed }: KeyFacts): boolean => pages > 1 && !zoomed;
const host = (facts: KeyFacts): boolean => facts.host;
const share = (facts: KeyFacts): boolean => facts.share;
const player = (facts: KeyFacts): boolean => facts.player === true;
/** What nobody hears, sees or answers in a recording. */
const live = (facts: KeyFacts): boolean => !player(facts);
const waiting = (facts: KeyFacts): boolean => facts.host && facts.waiting > 0;
const kind =
  (name: string) =>
  ({ subjectKinds }: KeyFacts): boolean =>
    subjectKinds.includes(name);

/** In the order of footer and help. A key stands once in a scope; a test holds that. */
export const KEY_TABLE: readonly KeyBinding[] = [
  // prettier-ignore
  { scope: 'main', keys: ['enter', 'z'], label: 'Enter z', short: 'zoom', words: 'focused tile alone', command: 'zoom', when: (facts) => some(facts) && !facts.zoomed },
  // prettier-ignore
  { scope: 'main', keys: ['enter', 'z', 'escape'], label: 'Enter z', short: 'all tiles', words: 'all tiles again (Esc too)', command: 'unzoom', when: (facts) => facts.zoomed },
  // prettier-ignore
  { scope: 'main', keys: [' '], label: 'Space', short: 'pause', words: 'recording stands still or goes on', command: 'player-pause', when: player },
  // prettier-ignore
  { scope: 'main', keys: [',', '.', '<', '>'], label: ', . < >', short: 'seek', words: 'recording 10 s or 1 min back or on', command: 'player-seek', when: player },
  // prettier-ignore
  { scope: 'main', keys: ['-', '+', '='], label: '- +', short: 'speed', words: 'recording slower or faster', command: 'player-speed', when: player },
  // prettier-ignore
  { scope: 'main', keys: ['t'], label: 't', short: 'talk', words: 'message to everybody', command: 'type', when: live },
  // prettier-ignore
  { scope: 'main', keys: ['m'], label: 'm', short: 'mute here', words: 'mute focused, for you only', command: 'mute-here', when: some },
  // prettier-ignore
  { scope: 'main', keys: ['v'], label: 'v', short: 'pictures', words: 'other way to draw pictures', command: 'pictures' },
  // prettier-ignore
  { scope: 'main', keys: ['w'], label: 'w', short: 'let in', words: 'let in who waits', command: 'waiting', when: (facts) => waiting(facts) && facts.share },
  // prettier-ignore
  { scope: 'main', keys: ['a', 'w'], label: 'a w', short: 'let in', words: 'let in who waits', command: 'waiting', when: (facts) => waiting(facts) && !facts.share },
  // prettier-ignore
  { scope: 'main', keys: ['a'], label: 'a', short: 'my sound', words: 'my sound off and on', command: 'own-audio', when: share },
  // prettier-ignore
  { scope: 'main', keys: ['s'], label: 's', short: 'my screen', words: 'my screen off and on', command: 'own-screen', when: share },
  // prettier-ignore
  { scope: 'main', keys: ['d', 'V'], label: 'd V', short: 'my camera', words: 'my camera off and on', command: 'own-video', when: share },
  // prettier-ignore
  { scope: 'main', keys: ['x'], label: 'x', short: 'host', words: 'host menu for the focused', command: 'host-menu', when: (facts) => host(facts) && some(facts) },
  // prettier-ignore
  { scope: 'main', keys: ['r'], label: 'r', short: 'hand', words: 'my hand up or down', command: 'hand', when: live },
  // prettier-ignore
  { scope: 'main', keys: ['g'], label: 'g', short: 'game', words: 'tic-tac-toe: offer, answer, play', command: 'game', when: live },
  // prettier-ignore
  { scope: 'main', keys: ['left', 'h'], label: 'Left h', words: 'tile to the left', command: 'move-left', when: many },
  // prettier-ignore
  { scope: 'main', keys: ['right', 'l'], label: 'Right l', words: 'tile to the right', command: 'move-right', when: many },
  // prettier-ignore
  { scope: 'main', keys: ['up', 'k'], label: 'Up k', words: 'tile above', command: 'move-up', when: many },
  // prettier-ignore
  { scope: 'main', keys: ['down', 'j'], label: 'Down j', words: 'tile below', command: 'move-down', when: many },
  // prettier-ignore
  { scope: 'main', keys: ['tab'], label: 'Tab', short: 'next', words: 'next tile', command: 'move-next', when: many },
  // prettier-ignore
  { scope: 'main', keys: ['shift-tab'], label: 'Shift-Tab', words: 'tile before', command: 'move-back', when: many },
  // prettier-ignore
  { scope: 'main', keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], label: '1-9', words: 'tile of that number', command: 'direct', when: some },
  // prettier-ignore
  { scope: 'main', keys: ['[', 'pageup'], label: '[ PgUp', short: 'page back', words: 'page back', command: 'page-back', when: paged },
  // prettier-ignore
  { scope: 'main', keys: [']', 'pagedown'], label: '] PgDn', short: 'next page', words: 'next page', command: 'page-next', when: paged },
  // prettier-ignore
  { scope: 'main', keys: ['p'], label: 'p', short: 'people', words: 'people shown or hidden', command: 'roster-panel' },
  // prettier-ignore
  { scope: 'main', keys: ['c'], label: 'c', short: 'chat', words: 'chat shown or hidden', command: 'chat-panel' },
  // prettier-ignore
  { scope: 'main', keys: ['ctrl-l'], label: 'Ctrl-L', words: 'paint the screen anew', command: 'repaint' },
  // prettier-ignore
  { scope: 'main', keys: ['?'], label: '?', short: 'help', words: 'this help', command: 'help' },
  // prettier-ignore
  { scope: 'main', keys: ['q', 'ctrl-c'], label: 'q', short: 'quit', words: 'quit (Ctrl-C twice: now)', command: 'ask-quit' },

  // prettier-ignore
  { scope: 'chat', keys: ['enter'], label: 'Enter', short: 'send', words: 'send the message', command: 'send' },
  // prettier-ignore
  { scope: 'chat', keys: ['escape'], label: 'Esc', short: 'leave', words: 'leave without sending', command: 'leave-chat' },
  // prettier-ignore
  { scope: 'chat', keys: ['backspace'], label: 'Backspace', words: 'erase a character', command: 'erase' },
  // prettier-ignore
  { scope: 'chat', keys: ['ctrl-c'], label: 'Ctrl-C', words: 'quit (asks)', command: 'ask-quit' },

  // prettier-ignore
  { scope: 'host', keys: ['s'], label: 's', short: 'screen', words: 'stop or start its screen', command: 'host-screen', when: kind('screen') },
  // prettier-ignore
  { scope: 'host', keys: ['v'], label: 'v', short: 'camera', words: 'stop or start its camera', command: 'host-video', when: kind('video') },
  // prettier-ignore
  { scope: 'host', keys: ['a', 'm'], label: 'a m', short: 'sound', words: 'mute or unmute it for all', command: 'host-audio', when: kind('audio') },
  // prettier-ignore
  { scope: 'host', keys: ['k'], label: 'k', short: 'send away', words: 'send it away (asks)', command: 'ask-kick' },
  // prettier-ignore
  { scope: 'host', keys: ['escape', 'x', 'q', 'n'], label: 'Esc', short: 'close', words: 'close the menu', command: 'close-dialog' },
  // prettier-ignore
  { scope: 'host', keys: ['ctrl-c'], label: 'Ctrl-C', words: 'quit (asks)', command: 'ask-quit' },

  // prettier-ignore
  { scope: 'kick', keys: ['y', 'enter'], label: 'y Enter', short: 'send away', words: 'yes, send it away', command: 'kick' },
  // prettier-ignore
  { scope: 'kick', keys: ['n', 'escape', 'q'], label: 'n Esc', short: 'keep', words: 'no', command: 'close-dialog' },
  // prettier-ignore
  { scope: 'kick', keys: ['ctrl-c'], label: 'Ctrl-C', words: 'quit (asks)', command: 'ask-quit' },

  // prettier-ignore
  { scope: 'waiting', keys: ['y', 'enter'], label: 'y Enter', short: 'let in', words: 'yes, let it in', command: 'admit', when: waiting },
  // prettier-ignore
  { scope: 'waiting', keys: ['x'], label: 'x', short: 'turn away', words: 'turn it away', command: 'refuse', when: waiting },
  // prettier-ignore
  { scope: 'waiting', keys: ['n', 'escape', 'q'], label: 'n Esc', short: 'later', words: 'later', command: 'close-dialog' },
  // prettier-ignore
  { scope: 'waiting', keys: ['ctrl-c'], label: 'Ctrl-C', words: 'quit (asks)', command: 'ask-quit' },

  // prettier-ignore
  { scope: 'players', keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], label: '1-9', short: 'offer', words: 'offer that one a game', command: 'offer-game' },
  // prettier-ignore
  { scope: 'players', keys: ['escape', 'g', 'q', 'n'], label: 'Esc', short: 'close', words: 'close the list', command: 'close-dialog' },
  // prettier-ignore
  { scope: 'players', keys: ['ctrl-c'], label: 'Ctrl-C', words: 'quit (asks)', command: 'ask-quit' },

  // prettier-ignore
  { scope: 'offer', keys: ['y', 'enter'], label: 'y Enter', short: 'play', words: 'yes, play', command: 'accept-game' },
  // prettier-ignore
  { scope: 'offer', keys: ['n'], label: 'n', short: 'decline', words: 'no', command: 'decline-game' },
  // prettier-ignore
  { scope: 'offer', keys: ['escape', 'g', 'q'], label: 'Esc', short: 'later', words: 'answer later (g)', command: 'close-dialog' },
  // prettier-ignore
  { scope: 'offer', keys: ['ctrl-c'], label: 'Ctrl-C', words: 'quit (asks)', command: 'ask-quit' },

  ...BOARD_KEYS.map(({ when, ...row }): KeyBinding => ({
    scope: 'game',
    ...row,
    ...(when === undefined
      ? {}
      : { when: ({ board }: KeyFacts) => board !== undefined && when(board) }),
  })),
  // prettier-ignore
  { scope: 'game', keys: ['x'], label: 'x', short: 'leave', words: 'leave the game', command: 'leave-table' },
  // prettier-ignore
  { scope: 'game', keys: ['escape', 'g', 'q'], label: 'Esc', short: 'hide', words: 'hide the board (g shows it)', command: 'close-dialog' },
  // prettier-ignore
  { scope: 'game', keys: ['ctrl-c'], label: 'Ctrl-C', words: 'quit (asks)', command: 'ask-quit' },

  // prettier-ignore
  { scope: 'quit', keys: ['y', 'enter'], label: 'y Enter', short: 'quit', words: 'yes, quit', command: 'quit' },
  // prettier-ignore
  { scope: 'quit', keys: ['n', 'escape', 'q'], label: 'n Esc', short: 'stay', words: 'no, stay', command: 'close-dialog' },
  // prettier-ignore
  { scope: 'quit', keys: ['ctrl-c'], label: 'Ctrl-C', words: 'quit at once', command: 'quit' },

  // prettier-ignore
  { scope: 'help', keys: ['?', 'escape', 'q', 'enter'], label: '? Esc', short: 'close', words: 'close the help', command: 'close-dialog' },
  // prettier-ignore
  { scope: 'help', keys: ['ctrl-c'], label: 'Ctrl-C', words: 'quit (asks)', command: 'ask-quit' },
];

/** What a key does in a scope now; undefined: nothing. */
export function bindingOf(scope: KeyScope, key: string, facts: KeyFacts): KeyBinding | undefined {
  return bindingsOf(scope, facts).find(({ keys }) => keys.includes(key));
}

/** The keys that do something in a scope now, in the table's order. */
export function bindingsOf(scope: KeyScope, facts: KeyFacts): readonly KeyBinding[] {
  return KEY_TABLE.filter(
    (binding) => binding.scope === scope && (binding.when === undefined || binding.when(facts)),
  );
}
