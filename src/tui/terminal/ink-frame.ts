/**
 * A frame of Ink's, text with SGR, as cells. Owns reading it: nothing but SGR keeps a meaning,
 * whatever a participant's name holds. Knows no pictures.
 */
import { ATTRIBUTE, SPACE, WIDE_TAIL } from './cell-grid.js';
import type { CellGrid, GraphemeTable } from './cell-grid.js';
import { graphemesOf } from './graphemes.js';
import { REPLACEMENT } from './safe-text.js';
import type { SgrStyle } from './sgr-style.js';

const TAB_COLUMNS = 8;

/** Lines, blocks and the screen's own fills: one column each, without asking. */
const NARROW = '\\u2500-\\u259f\\ue000-\\uf8ff';
/** What has to be measured, and may be a mark on the character before it. */
const MEASURED = `[^\\0-\\x9f${NARROW}]`;

/**
 * What a line is made of, tried in this order: SGR; another CSI sequence; a string (OSC, DCS, APC,
 * PM, SOS) up to its end; narrow characters without a mark on the last; a control; the rest. No text
 * makes the search go back more than a character.
 */
const TOKEN = new RegExp(
  [
    '\\x1b\\[([\\d;:]*)m',
    '\\x1b\\[[0-?]*[ -/]*[@-~]?',
    '\\x1b[\\]P_^X][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)?',
    `([ -~${NARROW}]+)(?!${MEASURED})`,
    '([\\0-\\x1f\\x7f-\\x9f])',
    `([ -~${NARROW}]?${MEASURED}+)`,
  ].join('|'),
  'g',
);

/**
 * Draws the text's lines into the grid from its top left; what lies beyond is cut. The grid is
 * cleared first, the style starts plain.
 */
export function drawInkFrame(
  text: string,
  grid: CellGrid,
  style: SgrStyle,
  table: GraphemeTable,
): void {
  grid.clear();
  style.reset();
  const pen = new Pen(grid, style, table);
  for (const [row, line] of text.split('\n', grid.rows).entries()) {
    pen.startLine(row);
    for (const [, sgr, narrow, control, other] of line.matchAll(TOKEN)) {
      if (sgr !== undefined) style.apply(sgr);
      else if (narrow !== undefined) pen.narrow(narrow);
      else if (control !== undefined) pen.control(control);
      else if (other !== undefined) pen.text(other);
    }
  }
}

/** Puts characters side by side on one row. */
class Pen {
  readonly #grid: CellGrid;
  readonly #style: SgrStyle;
  readonly #table: GraphemeTable;
  #row = 0;
  #column = 0;

  constructor(grid: CellGrid, style: SgrStyle, table: GraphemeTable) {
    this.#grid = grid;
    this.#style = style;
    this.#table = table;
  }

  startLine(row: number): void {
    this.#row = row;
    this.#column = 0;
  }

  /** Characters of one code unit and one column each. */
  narrow(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.#put(text.charCodeAt(at), 1);
  }

  control(character: string): void {
    if (character === '\r') return;
    if (character === '\t') this.#tab();
    else this.#put(REPLACEMENT.charCodeAt(0), 1);
  }

  /** Spaces up to the next stop, or up to the right edge, beyond which there is none. */
  #tab(): void {
    const stop = (Math.floor(this.#column / TAB_COLUMNS) + 1) * TAB_COLUMNS;
    const end = Math.min(stop, this.#grid.columns);
    while (this.#column < end) this.#put(SPACE, 1);
  }

  text(text: string): void {
    for (const grapheme of graphemesOf(text)) {
      if (this.#column >= this.#grid.columns) return;
      this.#put(this.#table.codeOf(grapheme.text), grapheme.columns);
    }
  }

  #put(code: number, columns: 1 | 2): void {
    const { foreground, background, attributes } = this.#style;
    const left = this.#grid.columns - this.#column;
    if (left <= 0) return;
    const at = this.#row * this.#grid.columns + this.#column;
    // Half of a wide character can't be shown.
    const shown = columns > left ? SPACE : code;
    this.#grid.set(at, shown, foreground, background, attributes & ~ATTRIBUTE.picture);
    if (columns === 2 && left >= 2) {
      this.#grid.set(at + 1, WIDE_TAIL, foreground, background, attributes);
    }
    this.#column += columns;
  }
}
