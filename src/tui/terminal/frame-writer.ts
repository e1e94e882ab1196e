/**
 * The bytes that turn what a terminal shows into what it should show. Owns the comparison of cells,
 * the order of cursor moves and the re-use of colours; sends nothing.
 *
 * Picture cells whose colours are a little off are left as they are: 6 of 255 in a channel isn't
 * seen, and noise of a camera would otherwise be most of the bytes.
 */
import type { CellGrid, GraphemeTable } from './cell-grid.js';
import { ATTRIBUTE, DEFAULT_COLOUR, PALETTE, SPACE, TRUECOLOUR, WIDE_TAIL } from './cell-grid.js';
import { FrameBytes } from './frame-bytes.js';

/** A cell that a pixel picture covers: FIRST + slot. It is a space that nobody draws again. */
export const PIXEL_CODE_FIRST = 0x1f_0000;
const PIXEL_CODE_LAST = 0x1f_ffff;

/** SGR parameters that set each attribute. */
const SET_PARAMETERS: readonly (readonly [bit: number, parameter: string])[] = [
  [ATTRIBUTE.bold, '1'],
  [ATTRIBUTE.dim, '2'],
  [ATTRIBUTE.italic, '3'],
  [ATTRIBUTE.underline, '4'],
  [ATTRIBUTE.inverse, '7'],
  [ATTRIBUTE.strikethrough, '9'],
];
/** What makes a space's foreground visible. */
const ON_SPACES = ATTRIBUTE.underline | ATTRIBUTE.inverse | ATTRIBUTE.strikethrough;

export class FrameWriter {
  readonly #table: GraphemeTable;
  readonly #threshold: number;
  readonly #bytes = new FrameBytes();
  #row = -1;
  #column = -1;
  #foreground = DEFAULT_COLOUR;
  #background = DEFAULT_COLOUR;
  #attributes = 0;
  /** The terminal's colours are unknown until the first cell of a frame. */
  #plain = false;

  /** `threshold` is how far a channel of a picture cell may be off, 0 to 255. */
  constructor(table: GraphemeTable, threshold: number) {
    this.#table = table;
    this.#threshold = threshold;
  }

  begin(): void {
    this.#bytes.clear();
    this.#row = -1;
    this.#column = -1;
    this.#plain = false;
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  /** The frame so far, in a buffer of its own. */
  take(before: string, after: string): Buffer {
    return Buffer.concat([
      Buffer.from(before, 'latin1'),
      this.#bytes.view(),
      Buffer.from(after, 'latin1'),
    ]);
  }

  /** Escape sequences or a picture's bytes, as they are, with the cursor at a cell. */
  raw(bytes: Uint8Array, column: number, row: number): void {
    if (bytes.length === 0) return;
    this.#moveTo(column, row);
    this.#bytes.append(bytes);
    this.#row = -1;
  }

  /** Bytes that need no place. */
  command(text: string | Uint8Array): void {
    if (typeof text === 'string') this.#bytes.ascii(text);
    else this.#bytes.append(text);
  }

  /** Writes the cells of `next` that differ from `sent`, and makes `sent` what is shown then. */
  difference(sent: CellGrid, next: CellGrid): void {
    for (let row = 0; row < next.rows; row += 1) {
      const first = row * next.columns;
      for (let column = 0; column < next.columns; column += 1) {
        const at = first + column;
        if (next.code[at] === WIDE_TAIL || !this.#mustWrite(sent, next, at)) continue;
        this.#cell(next, at, column, row);
      }
      this.#settle(sent, next, first);
    }
  }

  /** After a row is written: which cells are now as in `next`. */
  #settle(sent: CellGrid, next: CellGrid, first: number): void {
    for (let at = first; at < first + next.columns; at += 1) {
      if (this.#differs(sent, next, at)) sent.copyCell(at, next, at);
    }
  }

  /** Writing one half of a wide character destroys the other. */
  #mustWrite(sent: CellGrid, next: CellGrid, at: number): boolean {
    if (this.#differs(sent, next, at)) return true;
    const isWide = next.code[at + 1] === WIDE_TAIL || sent.code[at + 1] === WIDE_TAIL;
    if (isWide && this.#differs(sent, next, at + 1)) return true;
    return sent.code[at] === WIDE_TAIL && this.#differs(sent, next, at - 1);
  }

  #differs(sent: CellGrid, next: CellGrid, at: number): boolean {
    const code = next.code[at] ?? SPACE;
    const attributes = next.attributes[at] ?? 0;
    if (sent.code[at] !== code || sent.attributes[at] !== attributes) return true;
    const near = (attributes & ATTRIBUTE.picture) !== 0 ? this.#threshold : 0;
    if (isFar(sent.background[at] ?? 0, next.background[at] ?? 0, near)) return true;
    if (code === SPACE && (attributes & ON_SPACES) === 0) return false;
    return isFar(sent.foreground[at] ?? 0, next.foreground[at] ?? 0, near);
  }

  #cell(next: CellGrid, at: number, column: number, row: number): void {
    const code = next.code[at] ?? SPACE;
    const isPixel = code >= PIXEL_CODE_FIRST && code <= PIXEL_CODE_LAST;
    const isWide = column + 1 < next.columns && next.code[at + 1] === WIDE_TAIL;
    this.#moveTo(column, row);
    this.#style(next, at, isPixel || code === SPACE);
    if (isPixel || code === SPACE) this.#bytes.byte(SPACE);
    else this.#character(code, isWide, column, row);
    this.#column = column + (isWide ? 2 : 1);
    // Who knows where the cursor is after a character that terminals measure in other ways, or after
    // the last column.
    if (!isCertain(code) || this.#column >= next.columns) this.#row = -1;
  }

  #character(code: number, isWide: boolean, column: number, row: number): void {
    if (isWide && !isCertain(code)) {
      // A terminal to which it is narrow would leave what was in its right half.
      this.#bytes.ascii('  ');
      this.#row = -1;
      this.#moveTo(column, row);
    }
    if (code < 0x11_0000) this.#bytes.codePoint(code);
    else this.#bytes.utf8(this.#table.textOf(code));
  }

  #moveTo(column: number, row: number): void {
    if (this.#row === row && this.#column === column) return;
    const ahead = column - this.#column;
    if (this.#row !== row || ahead < 0) this.#bytes.ascii(`\x1b[${row + 1};${column + 1}H`);
    else this.#bytes.ascii(ahead === 1 ? '\x1b[C' : `\x1b[${ahead}C`);
    this.#row = row;
    this.#column = column;
  }

  #style(next: CellGrid, at: number, isSpace: boolean): void {
    const attributes = (next.attributes[at] ?? 0) & ~ATTRIBUTE.picture;
    const background = next.background[at] ?? DEFAULT_COLOUR;
    const foregroundCounts = !isSpace || (attributes & ON_SPACES) !== 0;
    const foreground = foregroundCounts
      ? (next.foreground[at] ?? DEFAULT_COLOUR)
      : this.#foreground;
    const parameters: string[] = [];
    if (!this.#plain || (this.#attributes & ~attributes) !== 0) this.#setPlain(parameters);
    for (const [bit, parameter] of SET_PARAMETERS) {
      if ((attributes & bit) !== 0 && (this.#attributes & bit) === 0) parameters.push(parameter);
    }
    if (foregroundCounts && foreground !== this.#foreground) {
      parameters.push(colourParameters(foreground, 30));
      this.#foreground = foreground;
    }
    if (background !== this.#background) parameters.push(colourParameters(background, 40));
    this.#background = background;
    this.#attributes = attributes;
    if (parameters.length > 0) this.#bytes.ascii(`\x1b[${parameters.join(';')}m`);
  }

  #setPlain(parameters: string[]): void {
    parameters.push('0');
    this.#plain = true;
    this.#foreground = DEFAULT_COLOUR;
    this.#background = DEFAULT_COLOUR;
    this.#attributes = 0;
  }
}

/** Whether two colours differ by more than `near` in a channel; palette colours by anything. */
function isFar(one: number, other: number, near: number): boolean {
  if (one === other) return false;
  if (near === 0 || one < TRUECOLOUR || other < TRUECOLOUR) return true;
  return (
    Math.abs(((one >> 16) & 255) - ((other >> 16) & 255)) > near ||
    Math.abs(((one >> 8) & 255) - ((other >> 8) & 255)) > near ||
    Math.abs((one & 255) - (other & 255)) > near
  );
}

/** `base` is 30 for the foreground, 40 for the background. */
function colourParameters(colour: number, base: number): string {
  if (colour === DEFAULT_COLOUR) return String(base + 9);
  if (colour >= TRUECOLOUR) {
    return `${base + 8};2;${(colour >> 16) & 255};${(colour >> 8) & 255};${colour & 255}`;
  }
  const index = colour - PALETTE;
  if (index < 8) return String(base + index);
  return index < 16 ? String(base + 52 + index) : `${base + 8};5;${index}`;
}

/** Characters whose width no terminal doubts. */
function isCertain(code: number): boolean {
  if (code < 0x300) return true;
  if (code >= 0x2500 && code <= 0x259f) return true;
  if (code >= 0x2800 && code <= 0x28ff) return true;
  if (code >= 0x1fb00 && code <= 0x1fb3b) return true;
  if (code >= PIXEL_CODE_FIRST && code <= PIXEL_CODE_LAST) return true;
  return (code >= 0x3041 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7a3);
}
