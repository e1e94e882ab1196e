/**
 * One tile as lines of text: the caption, and below it the cells of the picture or words on why there
 * is none. Owns the caption's order of what gives way when it is narrow; places nothing on a screen.
 */
import type { Painter } from './paint.js';
import { cellsOf, fitCells, padCells } from './printable-text.js';
import { stateMark, stateStyle } from './stream-state.js';
import type { Tile } from './tile.js';
import { KIND_WORDS } from './tile.js';
import { pictureFill } from '../terminal/screen.js';

export interface TileLook {
  readonly columns: number;
  /** The caption's row included. */
  readonly rows: number;
  /** Of the page, from 1: the key that shows it alone. */
  readonly number: number;
  readonly focused: boolean;
  /** Where its picture is drawn; undefined: words instead. */
  readonly slot: number | undefined;
  readonly painter: Painter;
}

/** A name is not cut below this many cells while anything else can go. */
const NAME_CELLS_MIN = 8;

/** Exactly `rows` lines of exactly `columns` cells. */
export function tileLines(tile: Tile, look: TileLook): string[] {
  const { columns, rows, slot } = look;
  if (columns < 1 || rows < 1) return [];
  const body = rows - 1;
  if (slot === undefined || !tile.state.pictured)
    return [caption(tile, look), ...words(tile, look, body)];
  const fill = pictureFill(slot).repeat(columns);
  return [caption(tile, look), ...Array.from({ length: body }, () => fill)];
}

/** " 1 ada · screen  ● live      15 fps  age 38/61 ms" */
function caption(tile: Tile, look: TileLook): string {
  const { painter, columns, focused } = look;
  const { marks, paint } = painter;
  const mark = stateMark(tile.state.name, marks);
  const lead = `${focused ? marks.focus : ' '}${look.number} `;
  const kind = ` · ${KIND_WORDS[tile.kind]} `;
  const state = ` ${mark} ${tile.state.words}`;
  const fixed = cellsOf(lead) + cellsOf(kind);
  // The state's words give way to the name's first cells, the figures to everything.
  const name = fitCells(tile.name, Math.max(NAME_CELLS_MIN, columns - fixed - cellsOf(state)));
  const title = fitCells(`${lead}${name}${kind}`, columns);
  const stateFitted = fitCells(state, columns - cellsOf(title));
  const figures = fitFigures(tile.figures, columns - cellsOf(title) - cellsOf(stateFitted));
  const gap = columns - cellsOf(title) - cellsOf(stateFitted) - cellsOf(figures);
  return (
    (focused ? paint(title, 'bold', 'inverse') : paint(title, 'bold')) +
    paint(stateFitted, stateStyle(tile.state.name)) +
    ' '.repeat(Math.max(0, gap)) +
    paint(figures, 'dim')
  );
}

/** As many figures as fit, the most telling first. */
function fitFigures(figures: readonly string[], cells: number): string {
  const all = figures.map((figure) => `  ${figure}`).join('');
  if (cellsOf(all) <= cells) return all;
  let out = '';
  for (const figure of figures) {
    // Where it is narrow, "ms" says enough.
    const longer = `${out}  ${figure.replace(/^age /u, '')}`;
    if (cellsOf(longer) > cells) break;
    out = longer;
  }
  return out;
}

/** A frame with words in its middle. */
function words(tile: Tile, { columns, painter }: TileLook, rows: number): string[] {
  const { marks, paint } = painter;
  const { name, words: stateWords } = tile.state;
  const lines = [
    paint(centred(tile.name, columns - 4), 'bold'),
    paint(centred(`${stateMark(name, marks)} ${stateWords}`, columns - 4), stateStyle(name)),
    paint(centred(tile.size, columns - 4), 'dim'),
  ];
  if (columns < 6 || rows < 3) return Array.from({ length: rows }, () => ' '.repeat(columns));
  const [topLeft, topRight, bottomLeft, bottomRight] = marks.corners;
  const rule = marks.rule.repeat(columns - 2);
  const side = paint(marks.bar, 'dim');
  const inner = rows - 2;
  const above = Math.max(0, Math.floor((inner - lines.length) / 2));
  const body = Array.from({ length: inner }, (_, row) => {
    const line = lines[row - above];
    return `${side} ${line ?? ' '.repeat(columns - 4)} ${side}`;
  });
  return [
    paint(`${topLeft}${rule}${topRight}`, 'dim'),
    ...body,
    paint(`${bottomLeft}${rule}${bottomRight}`, 'dim'),
  ];
}

function centred(text: string, cells: number): string {
  const fitted = fitCells(text, cells);
  const left = Math.floor((cells - cellsOf(fitted)) / 2);
  return padCells(' '.repeat(Math.max(0, left)) + fitted, cells);
}
