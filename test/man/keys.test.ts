import { describe, expect, it } from 'vitest';
import { ADMISSION_WORDS } from '../../src/cli/admission-command.js';
import { OUTPUT_NAMES } from '../../src/playback/output.js';
import { TOGGLE_ACTIONS } from '../../src/transport/command-records.js';
import { KEY_TABLE } from '../../src/tui/dashboard/key-table.js';
import type { KeyScope } from '../../src/tui/dashboard/key-table.js';
import { PICTURE_MODES, PICTURE_MODE_WORDS } from '../../src/tui/pictures/picture-mode.js';
import { BOARD_KEYS } from '../../src/tui/play/board-keys.js';
import { QUIT_KEY } from '../../src/tui/play/play-board.js';
import { PANEL_KEYS } from '../../src/tui/share-lines.js';
import { pageSource, sourceSection, tableOf } from './man-page.js';

/** The heading of meet-watch(1) for each place where keys are read. */
const HEADINGS: Readonly<Record<KeyScope, string>> = {
  main: 'On the tiles',
  chat: 'Typing a message',
  host: 'In the menu of the host',
  kick: 'Asked whether to send away',
  waiting: 'Asked whom to let in',
  quit: 'Asked whether to quit',
  help: 'In the help',
  players: 'Choosing whom to play with',
  offer: 'Asked for a game',
  game: 'On the board',
};

const SCOPES = Object.entries(HEADINGS).map(([scope, heading]) => ({
  heading,
  expected: KEY_TABLE.filter((row) => row.scope === scope).map(({ label, words }) => [
    label,
    words,
  ]),
}));

describe('the keys in meet-watch.1', () => {
  it.each(SCOPES)('are those of the dashboard: $heading', ({ heading, expected }) => {
    expect(expected.length).toBeGreaterThan(0);
    expect(tableOf('meet-watch.1', heading)).toEqual(expected);
  });
});

describe('the keys in meet-play.1', () => {
  it('are those of a board, and how to leave', () => {
    const expected = [...BOARD_KEYS, QUIT_KEY].map(({ label, words }) => [label, words]);
    expect(tableOf('meet-play.1', 'On a terminal')).toEqual(expected);
  });
});

describe('the keys in meet-share.1', () => {
  it('are those of the panel', () => {
    const expected = PANEL_KEYS.map(({ label, words }) => [label, words]);
    expect(tableOf('meet-share.1', 'KEYS')).toEqual(expected);
  });
});

describe('meet-watch.1', () => {
  it('has every way of drawing pictures with its words', () => {
    const expected = PICTURE_MODES.map((mode) => [mode, PICTURE_MODE_WORDS[mode]]);
    expect(tableOf('meet-watch.1', 'PICTURES')).toEqual(expected);
  });

  it.each(['Options of watch', 'Options of join'])('names every output of sound: %s', (heading) => {
    const section = sourceSection(pageSource('meet-watch.1'), heading);
    const [, names = ''] = /^What plays it: auto, (.*)\.$/m.exec(section) ?? [];
    expect(names.split(', ')).toEqual([...OUTPUT_NAMES]);
  });
});

describe('meet-ctl.1', () => {
  it('has every action', () => {
    const shown = tableOf('meet-ctl.1', 'Actions').map(([action]) => action);
    expect(shown).toEqual([...TOGGLE_ACTIONS, ...ADMISSION_WORDS]);
  });
});
