/**
 * What a terminal draws with now: two colours and the attributes. Owns the bytes that change them,
 * which are few: what is set already is not set again. Moves no cursor and writes no character.
 */
import { ATTRIBUTE, DEFAULT_COLOUR, PALETTE, TRUECOLOUR } from './cell-grid.js';
import type { FrameBytes } from './frame-bytes.js';

const ESCAPE = 0x1b;
const BRACKET = 0x5b;
const SEMICOLON = 0x3b;
const END = 0x6d;

/** SGR parameters that set each attribute (ECMA-48, 8.3.117). */
const SET_PARAMETERS: readonly (readonly [bit: number, parameter: number])[] = [
  [ATTRIBUTE.bold, 1],
  [ATTRIBUTE.dim, 2],
  [ATTRIBUTE.italic, 3],
  [ATTRIBUTE.underline, 4],
  [ATTRIBUTE.inverse, 7],
  [ATTRIBUTE.strikethrough, 9],
];
const FOREGROUND_BASE = 30;
const BACKGROUND_BASE = 40;

export class SgrPen {
  readonly #bytes: FrameBytes;
  /** False: the terminal's colours are unknown, as at the beginning of a frame. */
  #known = false;
  #foreground = DEFAULT_COLOUR;
  #background = DEFAULT_COLOUR;
  #attributes = 0;
  #parameters = 0;

  constructor(bytes: FrameBytes) {
    this.#bytes = bytes;
  }

  /** Whether it draws with these attributes, so that its colours count. */
  hasAttributes(attributes: number): boolean {
    return this.#known && this.#attributes === attributes;
  }

  /** As a cell-grid colour. */
  get foreground(): number {
    return this.#foreground;
  }

  get background(): number {
    return this.#background;
  }

  /** Somebody else may have changed it. */
  forget(): void {
    this.#known = false;
  }

  /** Changes what differs. A colour that is left out stays as it is, whatever that is. */
  set(attributes: number, foreground: number | undefined, background: number | undefined): void {
    this.#parameters = 0;
    if (!this.#known || (this.#attributes & ~attributes) !== 0) this.#setPlain();
    if (attributes !== this.#attributes) this.#setAttributes(attributes);
    if (foreground !== undefined && foreground !== this.#foreground) {
      this.#colour(foreground, FOREGROUND_BASE);
      this.#foreground = foreground;
    }
    if (background !== undefined && background !== this.#background) {
      this.#colour(background, BACKGROUND_BASE);
      this.#background = background;
    }
    if (this.#parameters > 0) this.#bytes.byte(END);
  }

  #setPlain(): void {
    this.#parameter(0);
    this.#known = true;
    this.#foreground = DEFAULT_COLOUR;
    this.#background = DEFAULT_COLOUR;
    this.#attributes = 0;
  }

  #setAttributes(attributes: number): void {
    for (const [bit, parameter] of SET_PARAMETERS) {
      if ((attributes & bit) !== 0 && (this.#attributes & bit) === 0) this.#parameter(parameter);
    }
    this.#attributes = attributes;
  }

  #colour(colour: number, base: number): void {
    if (colour === DEFAULT_COLOUR) {
      this.#parameter(base + 9);
    } else if (colour >= TRUECOLOUR) {
      this.#parameter(base + 8);
      this.#bytes.trueColour((colour >> 16) & 255, (colour >> 8) & 255, colour & 255);
    } else this.#paletteColour(colour - PALETTE, base);
  }

  #paletteColour(index: number, base: number): void {
    if (index < 8) this.#parameter(base + index);
    else if (index < 16) this.#parameter(base + 52 + index);
    else {
      this.#parameter(base + 8);
      this.#parameter(5);
      this.#parameter(index);
    }
  }

  #parameter(value: number): void {
    if (this.#parameters === 0) {
      this.#bytes.byte(ESCAPE);
      this.#bytes.byte(BRACKET);
    } else this.#bytes.byte(SEMICOLON);
    this.#bytes.decimal(value);
    this.#parameters += 1;
  }
}
