/**
 * What stands over the tiles: help, the two questions, the host's menu. Owns their words; every line
 * fills its width, so that the pictures below are hidden by it.
 */
import { SMALL_SQUARE, boardColumns, boardLines, wordLines } from '../play/board-lines.js';
import type { DashboardState } from './dashboard-state.js';
import { keyFacts } from './key-commands.js';
import type { KeyBinding, KeyScope } from './key-table.js';
import { KEY_TABLE, bindingsOf } from './key-table.js';
import type { Painter } from './paint.js';
import { cellsOf, fitCells, padCells, printable } from './printable-text.js';
import { KIND_WORDS } from './tile.js';

/** A dialog as lines of one width. */
export interface DialogLines {
  readonly lines: readonly string[];
  readonly columns: number;
}

/** The dialog of the state, within `columns` x `rows`; undefined: none is open. */
export function dialogLines(
  state: DashboardState,
  painter: Painter,
  columns: number,
  rows: number,
): DialogLines | undefined {
  switch (state.dialog) {
    case 'none':
      return undefined;
    case 'help':
      return helpLines(state, painter, columns, rows);
    case 'quit':
      return boxed('Quit', questionOf(state), painter, columns, rows);
    case 'kick':
      return boxed('Send away', questionOf(state), painter, columns, rows);
    case 'players':
      return boxed('Tic-tac-toe with', playerLines(state), painter, columns, rows);
    case 'offer':
      return boxed('Tic-tac-toe', questionOf(state), painter, columns, rows);
    case 'game':
      return boxed('Tic-tac-toe', gameLines(state, painter), painter, columns, rows);
    case 'waiting':
      return boxed('Let in', questionOf(state), painter, columns, rows);
    case 'host':
      return boxed(
        `Host: ${state.subject?.name ?? ''}`,
        menu(state, painter),
        painter,
        columns,
        rows,
      );
  }
}

/** The question of a dialog, and the keys that answer it; on a tiny screen the first line alone. */
export function questionOf(state: DashboardState): readonly string[] {
  if (state.dialog === 'quit') {
    const question = state.rights.player === true ? 'Stop playing?' : 'Leave the meeting?';
    return [question, '', ...answers('quit', state)];
  }
  if (state.dialog === 'kick') {
    return [`Send ${state.subject?.name ?? 'it'} away?`, '', ...answers('kick', state)];
  }
  if (state.dialog === 'offer') {
    return [state.game?.words ?? '', '', ...answers('offer', state)];
  }
  if (state.dialog === 'waiting') return waitingQuestion(state);
  return [];
}

function playerLines({ players }: DashboardState): string[] {
  if (players.length === 0) return ['nobody else is here who could play'];
  return players.map(({ name }, at) => `${at + 1}  ${name}`);
}

/** The board in the middle of its words. */
function gameLines({ game, square }: DashboardState, painter: Painter): string[] {
  if (game === undefined) return [];
  const words = wordLines(game);
  const cells = Math.max(boardColumns(SMALL_SQUARE), ...words.map(cellsOf));
  const margin = ' '.repeat(Math.floor((cells - boardColumns(SMALL_SQUARE)) / 2));
  const board = boardLines(game, square, painter, SMALL_SQUARE).map((line) => margin + line);
  return [...board, '', ...words];
}

/** Who waits longest, and by what it is known; names of peers are made printable here. */
function waitingQuestion(state: DashboardState): readonly string[] {
  const [first, ...others] = state.waiting;
  if (first === undefined) return ['Nobody waits any more.'];
  const { name, address, fingerprint, plaintext, caution } = first;
  return [
    `Let ${printable(name, 128)} in, from ${printable(address, 64)}${plaintext ? ', plaintext' : ''}?`,
    ...(fingerprint === undefined ? ['It has no key.'] : [`key ${printable(fingerprint, 64)}`]),
    ...(caution === undefined ? [] : [`Look twice: ${printable(caution, 128)}.`]),
    ...(others.length === 0 ? [] : [`${others.length} more wait.`]),
    '',
    ...answers('waiting', state),
  ];
}

function answers(scope: KeyScope, state: DashboardState): string[] {
  return bindingsOf(scope, keyFacts(state)).map(
    ({ label, words }) => `${padCells(label, 9)}${words}`,
  );
}

function menu(state: DashboardState, { paint }: Painter): string[] {
  return bindingsOf('host', keyFacts(state))
    .filter(({ short }) => short !== undefined)
    .map((binding) => `${paint(padCells(binding.label, 6), 'bold')}${menuWords(binding, state)}`);
}

/** "stop its screen" or "start its screen", as it stands. */
function menuWords({ command, words }: KeyBinding, { subject }: DashboardState): string {
  const stream = subject?.streams.find(({ kind }) => `host-${kind}` === command);
  if (stream === undefined) return words;
  if (stream.kind === 'audio') {
    return stream.stopped ? 'unmute it for all' : 'mute it for all';
  }
  return `${stream.stopped ? 'start' : 'stop'} its ${KIND_WORDS[stream.kind]}`;
}

const LABEL_CELLS = 11;
const HELP_SCOPES: readonly (readonly [KeyScope, string])[] = [
  ['main', ''],
  ['chat', 'While typing'],
  ['host', 'In the host’s menu'],
  ['waiting', 'When asked whom to let in'],
  ['quit', 'When asked whether to quit'],
];

/** What the help says: every key of the table that these rights allow. */
export function helpEntries(rights: DashboardState['rights']): readonly (KeyBinding | string)[] {
  const ofHost: readonly KeyScope[] = ['host', 'waiting'];
  return HELP_SCOPES.filter(([scope]) => !ofHost.includes(scope) || rights.host).flatMap(
    ([scope, title]) => [
      ...(title === '' ? [] : [title]),
      ...KEY_TABLE.filter((binding) => binding.scope === scope && mayEver(binding, rights)),
    ],
  );
}

/** Whether a key does something in any state that can come with these rights. */
function mayEver({ when }: KeyBinding, rights: DashboardState['rights']): boolean {
  const subjectKinds = ['screen', 'video', 'audio'];
  const facts = { ...rights, tiles: 2, pages: 2, waiting: 1, subjectKinds };
  return [true, false].some((zoomed) => when === undefined || when({ ...facts, zoomed }));
}

function helpLines(
  state: DashboardState,
  painter: Painter,
  columns: number,
  rows: number,
): DialogLines {
  const { paint } = painter;
  const entries = helpEntries(state.rights);
  const room = Math.max(1, rows - 2);
  const across = Math.max(1, Math.min(Math.ceil(entries.length / room), Math.floor(columns / 36)));
  const down = Math.min(room, Math.ceil(entries.length / across));
  const widest = Math.max(...entries.map((entry) => cellsOf(plainEntry(entry))));
  const cells = Math.min(widest, Math.floor((columns - 4 - (across - 1) * 2) / across));
  const paintEntry = (entry: KeyBinding | string | undefined): string => {
    if (entry === undefined) return ' '.repeat(Math.max(0, cells));
    if (typeof entry === 'string') return paint(padCells(entry, cells), 'accent');
    const label = fitCells(padCells(entry.label, LABEL_CELLS), cells);
    return paint(label, 'bold') + padCells(entry.words, cells - cellsOf(label));
  };
  const fitting = entries.slice(0, across * down);
  // What does not fit is at least counted.
  const missing = entries.length - fitting.length;
  if (missing > 0) fitting[fitting.length - 1] = `${missing + 1} more in a larger window`;
  const lines = Array.from({ length: down }, (_, row) =>
    Array.from({ length: across }, (__, column) => paintEntry(fitting[column * down + row])).join(
      '  ',
    ),
  );
  return boxed('Keys', lines, painter, columns, rows);
}

function plainEntry(entry: KeyBinding | string): string {
  return typeof entry === 'string' ? entry : padCells(entry.label, LABEL_CELLS) + entry.words;
}

/** Lines in a frame with a title; lines may be painted, if they are no wider than `columns - 4`. */
function boxed(
  title: string,
  lines: readonly string[],
  { marks, paint }: Painter,
  columns: number,
  rows: number,
): DialogLines {
  const room = Math.max(0, columns - 4);
  const inner = Math.min(room, Math.max(cellsOf(title) + 2, ...lines.map(cellsOf)));
  const [topLeft, topRight, bottomLeft, bottomRight] = marks.corners;
  const name = fitCells(` ${title} `, inner);
  const rule = marks.rule.repeat(Math.max(0, inner + 1 - cellsOf(name)));
  const body = lines.slice(0, Math.max(0, rows - 2)).map((line) => {
    // Painted lines are never too wide; others are cut.
    const fitted = cellsOf(line) > inner ? fitCells(line, inner) : line;
    return `${marks.bar} ${fitted}${' '.repeat(Math.max(0, inner - cellsOf(fitted)))} ${marks.bar}`;
  });
  return {
    columns: inner + 4,
    lines: [
      `${topLeft}${marks.rule}${paint(name, 'bold')}${rule}${topRight}`,
      ...body,
      `${bottomLeft}${marks.rule.repeat(inner + 2)}${bottomRight}`,
    ],
  };
}
