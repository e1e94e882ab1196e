/**
 * The state that SGR sequences set: colours and attributes of what follows. Owns reading their
 * parameters (ECMA-48, 8.3.117; xterm's ctlseqs for 38 and 48); writes none.
 */
import { luminance, nearestOf256, paletteRgb } from '../pictures/palette.js';
import type { ColourDepth } from '../pictures/picture-mode.js';
import { ATTRIBUTE, DEFAULT_COLOUR, PALETTE, TRUECOLOUR, rgbColour } from './cell-grid.js';

/** Attributes by the parameter that sets them; 21 is a double underline. */
const SET: Readonly<Record<number, number>> = {
  1: ATTRIBUTE.bold,
  2: ATTRIBUTE.dim,
  3: ATTRIBUTE.italic,
  4: ATTRIBUTE.underline,
  7: ATTRIBUTE.inverse,
  9: ATTRIBUTE.strikethrough,
  21: ATTRIBUTE.underline,
};
const CLEAR: Readonly<Record<number, number>> = {
  22: ATTRIBUTE.bold | ATTRIBUTE.dim,
  23: ATTRIBUTE.italic,
  24: ATTRIBUTE.underline,
  27: ATTRIBUTE.inverse,
  29: ATTRIBUTE.strikethrough,
};

/** Parameters of one sequence that are read; the rest is passed over. */
const PARAMETERS_MAX = 32;

export class SgrStyle {
  foreground = DEFAULT_COLOUR;
  background = DEFAULT_COLOUR;
  attributes = 0;
  readonly #depth: ColourDepth;

  /** Colours beyond `depth` become the nearest that it has. */
  constructor(depth: ColourDepth) {
    this.#depth = depth;
  }

  reset(): void {
    this.foreground = DEFAULT_COLOUR;
    this.background = DEFAULT_COLOUR;
    this.attributes = 0;
  }

  /** Takes the parameters of `CSI ... m`: digits, semicolons and colons. */
  apply(parameters: string): void {
    const values = parameters.split(/[;:]/, PARAMETERS_MAX).map(Number);
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at] ?? 0;
      if (value === 38 || value === 48) at += this.#extended(value, values.slice(at + 1));
      else this.#one(value);
    }
  }

  #one(value: number): void {
    if (value === 0) this.reset();
    this.attributes = (this.attributes | (SET[value] ?? 0)) & ~(CLEAR[value] ?? 0);
    if (value === 39) this.foreground = DEFAULT_COLOUR;
    else if (value === 49) this.background = DEFAULT_COLOUR;
    else if (value >= 30 && value <= 37) this.#setForeground(PALETTE + value - 30);
    else if (value >= 90 && value <= 97) this.#setForeground(PALETTE + value - 82);
    else if (value >= 40 && value <= 47) this.#setBackground(PALETTE + value - 40);
    else if (value >= 100 && value <= 107) this.#setBackground(PALETTE + value - 92);
  }

  /** `38;5;n` or `38;2;r;g;b`; gives how many parameters it took. */
  #extended(which: number, rest: readonly number[]): number {
    const [kind, first = 0, second = 0, third = 0] = rest;
    if (kind !== 5 && kind !== 2) return 0;
    const channels = [first, second, third].map((value) => Math.min(255, Math.max(0, value || 0)));
    const [red = 0, green = 0, blue = 0] = channels;
    const colour = kind === 5 ? PALETTE + red : rgbColour(red, green, blue);
    if (which === 38) this.#setForeground(colour);
    else this.#setBackground(colour);
    return kind === 5 ? 2 : 4;
  }

  #setForeground(colour: number): void {
    this.foreground = within(this.#depth, colour, 16);
  }

  #setBackground(colour: number): void {
    this.background = within(this.#depth, colour, this.#depth === '8' ? 8 : 16);
  }
}

/** The colour as this depth has it; `named` is how many of the named ones it has. */
function within(depth: ColourDepth, colour: number, named: number): number {
  if (depth === 'none') return DEFAULT_COLOUR;
  if (depth === 'truecolour') return colour;
  const isTrue = colour >= TRUECOLOUR;
  const index = colour - PALETTE;
  if (!isTrue && (depth === '256' || index < named)) return colour;
  if (!isTrue && index < 16) return colour - 8;
  const rgb = isTrue ? colour - TRUECOLOUR : paletteRgb(index);
  const [red, green, blue] = [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
  if (depth === '256') return PALETTE + nearestOf256(red, green, blue);
  return PALETTE + (nearestText(red, green, blue) % named);
}

/** For text the hue counts: each channel is on or off, and bright or not. */
function nearestText(red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue);
  if (most - Math.min(red, green, blue) < 32) return greyText(luminance(red, green, blue));
  const on = (value: number, bit: number): number => (value * 2 > most ? bit : 0);
  return on(red, 1) + on(green, 2) + on(blue, 4) + (most > 200 ? 8 : 0);
}

function greyText(level: number): number {
  if (level < 43) return 0;
  if (level < 128) return 8;
  return level < 213 ? 7 : 15;
}
