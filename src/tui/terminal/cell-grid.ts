/**
 * A grid of terminal cells: character, colours and attributes of each. Owns the packing and the
 * table of characters that need more than one code point; writes to no terminal.
 *
 * Colours are numbers: 0 is the terminal's default, PALETTE + n (0-255) the palette's, and
 * TRUECOLOUR + 0xRRGGBB a true one.
 */

export const DEFAULT_COLOUR = 0;
export const PALETTE = 0x0100_0000;
export const TRUECOLOUR = 0x0200_0000;

/** The right half of the wide character to its left. */
export const WIDE_TAIL = 0;
export const SPACE = 0x20;

/** Attribute bits. PICTURE marks a cell whose colours may be a little off (see frame-diff). */
export const ATTRIBUTE = {
  bold: 1,
  dim: 2,
  italic: 4,
  underline: 8,
  inverse: 16,
  strikethrough: 32,
  picture: 128,
} as const;

/** Codes from here on are entries of the grapheme table; Unicode ends at 0x10ffff. */
const GRAPHEME_BASE = 0x20_0000;
/** Entries kept; more than a screen has cells that differ. */
const GRAPHEMES_MAX = 65_536;

/**
 * Characters of several code points (a letter with its marks), numbered so that cells can be
 * compared. When it is full it starts again, and `generation` says that all cells must be redrawn.
 */
export class GraphemeTable {
  readonly #codes = new Map<string, number>();
  #texts: string[] = [];
  #generation = 0;

  get generation(): number {
    return this.#generation;
  }

  /** The code of a character: its code point where it has only one. */
  codeOf(text: string): number {
    const first = text.codePointAt(0) ?? SPACE;
    if (text.length === (first > 0xffff ? 2 : 1)) return first;
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    if (this.#texts.length >= GRAPHEMES_MAX) this.#restart();
    const code = GRAPHEME_BASE + this.#texts.length;
    this.#texts.push(text);
    this.#codes.set(text, code);
    return code;
  }

  textOf(code: number): string {
    if (code < GRAPHEME_BASE) return String.fromCodePoint(code);
    return this.#texts[code - GRAPHEME_BASE] ?? '\ufffd';
  }

  #restart(): void {
    this.#codes.clear();
    this.#texts = [];
    this.#generation += 1;
  }
}

export class CellGrid {
  readonly columns: number;
  readonly rows: number;
  readonly code: Uint32Array;
  readonly foreground: Uint32Array;
  readonly background: Uint32Array;
  readonly attributes: Uint8Array;

  /** All cells are spaces in default colours. */
  constructor(columns: number, rows: number) {
    const cells = columns * rows;
    this.columns = columns;
    this.rows = rows;
    this.code = new Uint32Array(cells).fill(SPACE);
    this.foreground = new Uint32Array(cells);
    this.background = new Uint32Array(cells);
    this.attributes = new Uint8Array(cells);
  }

  clear(): void {
    this.code.fill(SPACE);
    this.foreground.fill(DEFAULT_COLOUR);
    this.background.fill(DEFAULT_COLOUR);
    this.attributes.fill(0);
  }

  /** Sets the cell `at` (row * columns + column). */
  set(at: number, code: number, foreground: number, background: number, attributes = 0): void {
    this.code[at] = code;
    this.foreground[at] = foreground;
    this.background[at] = background;
    this.attributes[at] = attributes;
  }

  /** Copies one cell of another grid. */
  copyCell(at: number, from: CellGrid, fromAt: number): void {
    this.set(
      at,
      from.code[fromAt] ?? SPACE,
      from.foreground[fromAt] ?? DEFAULT_COLOUR,
      from.background[fromAt] ?? DEFAULT_COLOUR,
      from.attributes[fromAt] ?? 0,
    );
  }

  /** Makes this grid equal to another of the same size. */
  copyFrom(other: CellGrid): void {
    this.code.set(other.code);
    this.foreground.set(other.foreground);
    this.background.set(other.background);
    this.attributes.set(other.attributes);
  }
}

/** A true colour of three channels, 0 to 255 each. */
export function rgbColour(red: number, green: number, blue: number): number {
  return TRUECOLOUR | (red << 16) | (green << 8) | blue;
}
