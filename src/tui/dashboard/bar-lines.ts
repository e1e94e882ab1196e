/**
 * The top and the bottom line: what meeting this is and what is wrong; the keys of the moment, the
 * message being typed, or the answer to the last request. Owns what gives way when it is narrow.
 */
import type { DashboardState } from './dashboard-state.js';
import { layoutFor, pageOf } from './dashboard-state.js';
import { gameHint } from './game-state.js';
import { keyFacts, scopeOf } from './key-commands.js';
import type { KeyBinding } from './key-table.js';
import { bindingsOf } from './key-table.js';
import type { Painter } from './paint.js';
import { cellsOf, fitCells, padCells, tailCells } from './printable-text.js';

const APART = '  ';

/** Exactly `columns` cells. */
export function headerLine(state: DashboardState, painter: Painter): string {
  const { columns } = state;
  const { paint } = painter;
  const room = fitCells(` meet · ${state.room} `, columns);
  if (state.connection !== undefined) {
    const words = padCells(`! ${state.connection}`, columns - cellsOf(room) - 1);
    return paint(room, 'bold') + ' ' + paint(words, 'bold', 'warn');
  }
  const left = columns - cellsOf(room);
  const { kept, cells } = keptParts(headerParts(state, painter), left - 1);
  const painted = kept.map(({ text, style }) => (style === undefined ? text : paint(text, style)));
  const gap = ' '.repeat(Math.max(0, left - cells - 1));
  return `${paint(room, 'bold')}${gap}${painted.join(APART)}${left > 0 ? ' ' : ''}`;
}

interface HeaderPart {
  readonly text: string;
  readonly style?: 'dim' | 'bad' | 'warn';
}

/** Least important first: the first ones go when it is narrow. */
function headerParts(state: DashboardState, { marks }: Painter): HeaderPart[] {
  const layout = layoutFor(state);
  const { pages } = layout.grid;
  const parts: HeaderPart[] = [
    { text: `${state.people.length} here`, style: 'dim' },
    { text: `pictures ${state.pictures}`, style: 'dim' },
  ];
  if (state.waiting.length > 0) {
    parts.push({ text: `${state.waiting.length} waiting`, style: 'warn' });
  }
  if (state.unread > 0) parts.push({ text: `${state.unread} unread (c)`, style: 'warn' });
  if (pages > 1) {
    const what = state.zoomed ? 'tile' : 'page';
    parts.push({ text: `${what} ${pageOf(state, layout) + 1} of ${pages}` });
  }
  if (state.own.length > 0) parts.push({ text: `you: ${state.own.join(', ')}` });
  if (state.recording !== undefined) {
    parts.push({ text: `${marks.live} ${state.recording}`, style: 'bad' });
  }
  const hint = gameHint(state);
  if (hint !== undefined) parts.push({ text: hint, style: 'warn' });
  return parts;
}

function keptParts(
  parts: readonly HeaderPart[],
  room: number,
): { kept: readonly HeaderPart[]; cells: number } {
  for (let from = 0; from < parts.length; from += 1) {
    const kept = parts.slice(from);
    const cells = cellsOf(kept.map(({ text }) => text).join(APART));
    if (cells <= room) return { kept, cells };
  }
  return { kept: [], cells: 0 };
}

/** Exactly `columns` cells. */
export function footerLine(state: DashboardState, painter: Painter): string {
  const { columns } = state;
  if (state.dialog === 'none' && state.draft !== undefined) {
    return draftLine(state.draft, state, painter);
  }
  if ((state.dialog === 'none' || state.dialog === 'game') && state.notice !== undefined) {
    return painter.paint(padCells(` ${state.notice}`, columns), 'bold');
  }
  const bindings = bindingsOf(scopeOf(state), keyFacts(state));
  return keysLine(bindings, columns, painter);
}

/** The keys of the moment: as many as fit, but how to get help and out always. */
export function keysLine(
  bindings: readonly KeyBinding[],
  columns: number,
  { paint }: Painter,
): string {
  const shown = bindings.filter(({ short }) => short !== undefined);
  const lasting = shown.filter(({ command }) => command === 'help' || command === 'ask-quit');
  let room = columns - 1;
  const kept = new Set<KeyBinding>();
  for (const binding of [...lasting, ...shown]) {
    if (kept.has(binding)) continue;
    const cells = cellsOf(keyWords(binding)) + APART.length;
    if (cells > room) break;
    room -= cells;
    kept.add(binding);
  }
  const painted = shown
    .filter((binding) => kept.has(binding))
    .map(({ label, short }) => `${paint(label, 'bold')} ${paint(short ?? '', 'dim')}${APART}`);
  return `${columns > 0 ? ' ' : ''}${painted.join('')}${' '.repeat(Math.max(0, room))}`;
}

function keyWords({ label, short }: KeyBinding): string {
  return `${label} ${short ?? ''}`;
}

/** The end of the message, where it is typed, and how to send or leave it. */
function draftLine(draft: string, state: DashboardState, { marks, paint }: Painter): string {
  const { columns } = state;
  const lead = fitCells(' say: ', columns);
  const keys = bindingsOf('chat', keyFacts(state)).filter(({ short }) => short !== undefined);
  const hint = `${APART}${keys.map(keyWords).join(APART)} `;
  const withHint = columns - cellsOf(lead) - cellsOf(hint) >= 20;
  const room = columns - cellsOf(lead) - 1 - (withHint ? cellsOf(hint) : 0);
  const text = tailCells(draft, Math.max(0, room));
  const gap = ' '.repeat(Math.max(0, room - cellsOf(text)));
  const caret = room < 0 ? '' : marks.caret;
  return `${paint(lead, 'bold')}${text}${caret}${gap}${withHint ? paint(hint, 'dim') : ''}`;
}
