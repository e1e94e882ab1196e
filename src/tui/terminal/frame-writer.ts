/**
 * The bytes that turn what a terminal shows into what it should show. Owns the comparison of cells,
 * the order of cursor moves and the re-use of colours; sends nothing.
 *
 * Picture cells whose colours are a little off are left as they are: 6 of 255 in a channel isn't
 * seen, and noise of a camera would otherwise be most of the bytes. Those that are written take
 * colours that the terminal draws with already where these are as near.
 */
import type { CellGrid, GraphemeTable } from './cell-grid.js';
import { ATTRIBUTE, DEFAULT_COLOUR, SPACE, WIDE_TAIL } from './cell-grid.js';
import { FrameBytes } from './frame-bytes.js';
import { HalfChoice, hasHalves, isFar, lowerColour, upperColour } from './half-cell.js';
import { asciiStandIn } from './ascii-stand-ins.js';
import { SgrPen } from './sgr-pen.js';

/** A cell that a pixel picture covers: FIRST + slot. It is a space that nobody draws again. */
export const PIXEL_CODE_FIRST = 0x1f_0000;
const PIXEL_CODE_LAST = 0x1f_ffff;

/** What makes a space's foreground visible. */
const ON_SPACES = ATTRIBUTE.underline | ATTRIBUTE.inverse | ATTRIBUTE.strikethrough;

export class FrameWriter {
  readonly #table: GraphemeTable;
  readonly #threshold: number;
  readonly #ascii: boolean;
  readonly #bytes = new FrameBytes();
  readonly #pen = new SgrPen(this.#bytes);
  readonly #half = new HalfChoice();
  #row = -1;
  #column = -1;

  /**
   * `threshold` is how far a channel of a picture cell may be off, 0 to 255. `ascii`: the terminal reads
   * no UTF-8.
   */
  constructor(table: GraphemeTable, threshold: number, ascii = false) {
    this.#ascii = ascii;
    this.#table = table;
    this.#threshold = threshold;
  }

  begin(): void {
    this.#bytes.clear();
    this.#row = -1;
    this.#column = -1;
    this.#pen.forget();
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
        this.#cell(sent, next, at, column, row);
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
    if (sent.attributes[at] !== attributes) return true;
    if ((attributes & ATTRIBUTE.picture) !== 0) return this.#pictureDiffers(sent, next, at, code);
    if (sent.code[at] !== code || sent.background[at] !== next.background[at]) return true;
    if (code === SPACE && (attributes & ON_SPACES) === 0) return false;
    return sent.foreground[at] !== next.foreground[at];
  }

  #pictureDiffers(sent: CellGrid, next: CellGrid, at: number, code: number): boolean {
    const near = this.#threshold;
    const sentCode = sent.code[at] ?? SPACE;
    const sentFore = sent.foreground[at] ?? DEFAULT_COLOUR;
    const sentBack = sent.background[at] ?? DEFAULT_COLOUR;
    const fore = next.foreground[at] ?? DEFAULT_COLOUR;
    const back = next.background[at] ?? DEFAULT_COLOUR;
    if (!hasHalves(code, fore, back) || !hasHalves(sentCode, sentFore, sentBack)) {
      return sentCode !== code || isFar(sentFore, fore, near) || isFar(sentBack, back, near);
    }
    // Another character may show the same.
    const upper = upperColour(sentCode, sentFore, sentBack);
    if (isFar(upper, upperColour(code, fore, back), near)) return true;
    const lower = lowerColour(sentCode, sentFore, sentBack);
    return isFar(lower, lowerColour(code, fore, back), near);
  }

  #cell(sent: CellGrid, next: CellGrid, at: number, column: number, row: number): void {
    if (((next.attributes[at] ?? 0) & ATTRIBUTE.picture) === 0) this.#text(next, at, column, row);
    else this.#picture(sent, next, at, column, row);
    // Who knows where the cursor is after the last column.
    if (this.#column >= next.columns) this.#row = -1;
  }

  /** A cell of a picture; `sent` becomes what is shown, which may be a little off. */
  #picture(sent: CellGrid, next: CellGrid, at: number, column: number, row: number): void {
    const code = next.code[at] ?? SPACE;
    const foreground = next.foreground[at] ?? DEFAULT_COLOUR;
    const background = next.background[at] ?? DEFAULT_COLOUR;
    const attributes = (next.attributes[at] ?? 0) & ~ATTRIBUTE.picture;
    const pen = this.#pen;
    const half = this.#half;
    const near = this.#threshold;
    this.#moveTo(column, row);
    if (!pen.hasAttributes(attributes)) pen.set(attributes, undefined, undefined);
    if (!this.#ascii && hasHalves(code, foreground, background)) {
      const upper = upperColour(code, foreground, background);
      half.choose(upper, lowerColour(code, foreground, background), near, pen);
    } else {
      half.code = code;
      half.foreground = isFar(pen.foreground, foreground, near) ? foreground : undefined;
      half.background = isFar(pen.background, background, near) ? background : undefined;
    }
    pen.set(attributes, half.foreground, half.background);
    this.#bytes.codePoint(half.code);
    this.#column = column + 1;
    sent.set(at, half.code, pen.foreground, pen.background, attributes | ATTRIBUTE.picture);
  }

  #text(next: CellGrid, at: number, column: number, row: number): void {
    const code = next.code[at] ?? SPACE;
    const isPixel = code >= PIXEL_CODE_FIRST && code <= PIXEL_CODE_LAST;
    const isWide = column + 1 < next.columns && next.code[at + 1] === WIDE_TAIL;
    const attributes = next.attributes[at] ?? 0;
    const isSpace = isPixel || code === SPACE;
    const foregroundCounts = !isSpace || (attributes & ON_SPACES) !== 0;
    this.#moveTo(column, row);
    this.#pen.set(
      attributes,
      foregroundCounts ? (next.foreground[at] ?? DEFAULT_COLOUR) : undefined,
      next.background[at] ?? DEFAULT_COLOUR,
    );
    if (isSpace) this.#bytes.byte(SPACE);
    else this.#character(code, isWide, column, row);
    this.#column = column + (isWide ? 2 : 1);
    // Nor after a character that terminals measure in other ways.
    if (!this.#ascii && !isCertain(code)) this.#row = -1;
  }

  #character(code: number, isWide: boolean, column: number, row: number): void {
    if (this.#ascii) {
      this.#bytes.ascii(`${asciiStandIn(this.#table.textOf(code))}${isWide ? ' ' : ''}`);
      return;
    }
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
    this.#bytes.ascii('\x1b[');
    if (this.#row !== row || ahead < 0) {
      this.#bytes.decimal(row + 1);
      this.#bytes.ascii(';');
      this.#bytes.decimal(column + 1);
      this.#bytes.ascii('H');
    } else {
      if (ahead > 1) this.#bytes.decimal(ahead);
      this.#bytes.ascii('C');
    }
    this.#row = row;
    this.#column = column;
  }
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
