/**
 * The side panels as lines of text: the people with their meters, and the chat. Owns what is left out
 * when there is little room, and says how much; places nothing on a screen.
 */
import type { ChatLine } from './dashboard-state.js';
import type { Painter } from './paint.js';
import { cellsOf, fitCells, headCells, padCells, wrapCells } from './printable-text.js';
import type { Person } from './tile.js';
import { METERS, meterFill } from '../terminal/screen.js';

/** Cells of a level meter. */
export const METER_CELLS = 6;

/** Exactly `rows` lines of `columns` cells: the title, then one or two lines for each person. */
export function rosterLines(
  people: readonly Person[],
  columns: number,
  rows: number,
  painter: Painter,
): string[] {
  const lines = [titleLine(`People ${people.length}`, columns, painter)];
  for (const [index, person] of people.entries()) {
    const entry = personLines(person, index, columns, painter);
    const left = people.length - index;
    const last = left === 1;
    // Where not all fit, the last row says how many are missing.
    if (lines.length + entry.length + (last ? 0 : 1) > rows) {
      lines.push(painter.paint(padCells(`  and ${left} more`, columns), 'dim'));
      break;
    }
    lines.push(...entry);
  }
  return filled(lines, columns, rows);
}

/** One line: mark, name, meter. What else there is to say stands below, where it does not fit. */
export function personLines(
  person: Person,
  meter: number,
  columns: number,
  { marks, paint }: Painter,
): string[] {
  const metered = person.sounding && meter < METERS && columns > METER_CELLS + 8;
  const right = metered ? ` ${meterFill(meter).repeat(METER_CELLS)}` : '';
  const room = columns - 2 - cellsOf(right);
  const mark = person.hand ? marks.hand : person.speaking ? marks.speaking : ' ';
  const tags = tagsOf(person).join(', ');
  const name = fitCells(person.name, room);
  const beside = tags === '' ? '' : ` · ${tags}`;
  const fits = cellsOf(name) + cellsOf(beside) <= room;
  const tail = fits ? beside : '';
  const gap = ' '.repeat(Math.max(0, room - cellsOf(name) - cellsOf(tail)));
  const painted = paint(name, ...(person.away ? (['dim'] as const) : (['bold'] as const)));
  const first = `${paint(mark, 'accent')} ${painted}${paint(tail, 'dim')}${gap}${right}`;
  return fits ? [first] : [first, paint(padCells(`    ${tags}`, columns), 'dim')];
}

function tagsOf(person: Person): string[] {
  const tags: string[] = [];
  if (person.self) tags.push('you');
  if (person.hand) tags.push('hand up');
  if (person.speaking) tags.push('speaks');
  if (person.away) tags.push('away');
  if (person.mutedHere) tags.push('muted here');
  if (person.plaintext) tags.push('plaintext');
  if (person.caution !== undefined) tags.push(`look twice: ${person.caution}`);
  if (person.watcher) tags.push('watching');
  return tags;
}

/** Exactly `rows` lines: the title, then the newest messages, the newest at the bottom. */
export function chatLines(
  chat: readonly ChatLine[],
  columns: number,
  rows: number,
  painter: Painter,
): string[] {
  if (rows < 1) return [];
  const title = titleLine('Chat', columns, painter);
  const room = rows - 1;
  if (chat.length === 0) {
    const hint = painter.paint(padCells('  nothing said yet', columns), 'dim');
    return filled([title, hint], columns, rows);
  }
  let lines: string[] = [];
  for (let index = chat.length - 1; index >= 0 && lines.length < room; index -= 1) {
    const line = chat[index];
    if (line !== undefined) lines = [...messageLines(line, columns, painter), ...lines];
  }
  return filled([title, ...lines.slice(-room)].slice(0, rows), columns, rows);
}

function messageLines(line: ChatLine, columns: number, { paint }: Painter): string[] {
  const name = headCells(line.name, Math.max(1, columns - 10));
  const time = line.time === '' ? '' : `${line.time} `;
  const head = `${time}${name}:`;
  return wrapCells(`${head} ${line.text}`, columns).map((text, index) => {
    const padded = padCells(text, columns);
    if (index > 0 || !padded.startsWith(head)) return padded;
    return paint(time, 'dim') + paint(`${name}:`, 'bold') + padded.slice(head.length);
  });
}

function titleLine(title: string, columns: number, { marks, paint }: Painter): string {
  const fitted = fitCells(`${title} `, columns);
  return paint(fitted, 'accent') + paint(marks.rule.repeat(columns - cellsOf(fitted)), 'dim');
}

function filled(lines: readonly string[], columns: number, rows: number): string[] {
  const blank = ' '.repeat(columns);
  return Array.from({ length: rows }, (_, row) => lines[row] ?? blank);
}
