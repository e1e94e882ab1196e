/**
 * Cells as two halves with a colour each: what the half blocks show, and which of them shows two
 * colours with the fewest changes of the pen. Owns that choice; writes nothing.
 */
import { DEFAULT_COLOUR, SPACE, TRUECOLOUR } from './cell-grid.js';

/** Unicode 1.1, "Block Elements". */
const UPPER_HALF = 0x2580;
const LOWER_HALF = 0x2584;
const FULL = 0x2588;

/**
 * Whether a cell shows an upper and a lower half of one known colour each. The default foreground and
 * background have one number here, yet they are two colours.
 */
export function hasHalves(code: number, foreground: number, background: number): boolean {
  if (background === DEFAULT_COLOUR) return false;
  if (code === SPACE) return true;
  const isBlock = code === LOWER_HALF || code === UPPER_HALF || code === FULL;
  return isBlock && foreground !== DEFAULT_COLOUR;
}

/** Colour of the upper half of a character for which `hasHalves` holds. */
export function upperColour(code: number, foreground: number, background: number): number {
  return code === UPPER_HALF || code === FULL ? foreground : background;
}

/** Colour of its lower half. */
export function lowerColour(code: number, foreground: number, background: number): number {
  return code === LOWER_HALF || code === FULL ? foreground : background;
}

/** Whether two colours differ by more than `near` in a channel; palette colours by anything. */
export function isFar(one: number, other: number, near: number): boolean {
  if (one === other) return false;
  if (near === 0 || one < TRUECOLOUR || other < TRUECOLOUR) return true;
  return (
    Math.abs(((one >> 16) & 255) - ((other >> 16) & 255)) > near ||
    Math.abs(((one >> 8) & 255) - ((other >> 8) & 255)) > near ||
    Math.abs((one & 255) - (other & 255)) > near
  );
}

/** What the pen draws with; colours as in the cell grid. */
export interface PenColours {
  readonly foreground: number;
  readonly background: number;
}

/** A choice; the same object is filled again for each cell. */
export class HalfChoice {
  code = SPACE;
  /** Undefined: as the pen has it. */
  foreground: number | undefined;
  background: number | undefined;

  /**
   * Finds the character and the colours that show `upper` above `lower`, each channel off by at most
   * `near`. Two halves that are close become one colour, and a colour that the pen has already, or
   * nearly, is not set again.
   */
  choose(upper: number, lower: number, near: number, pen: PenColours): void {
    this.foreground = undefined;
    this.background = undefined;
    if (isNearBoth(pen.background, upper, lower, near)) this.code = SPACE;
    else if (isNearBoth(pen.foreground, upper, lower, near)) this.code = FULL;
    else if (!isFar(upper, lower, 2 * near)) {
      this.code = SPACE;
      this.background = middle(upper, lower);
    } else this.#chooseBlock(upper, lower, near, pen);
  }

  #chooseBlock(upper: number, lower: number, near: number, pen: PenColours): void {
    const setsLower = isFar(pen.foreground, lower, near);
    const setsUpper = isFar(pen.background, upper, near);
    if (setsLower && setsUpper) {
      const turnedLower = isFar(pen.background, lower, near);
      const turnedUpper = isFar(pen.foreground, upper, near);
      if (!turnedLower || !turnedUpper) {
        this.code = UPPER_HALF;
        if (turnedUpper) this.foreground = upper;
        if (turnedLower) this.background = lower;
        return;
      }
    }
    this.code = LOWER_HALF;
    if (setsLower) this.foreground = lower;
    if (setsUpper) this.background = upper;
  }
}

function isNearBoth(colour: number, upper: number, lower: number, near: number): boolean {
  return !isFar(colour, upper, near) && !isFar(colour, lower, near);
}

/** Between two colours of at most an even distance; palette colours are equal here. */
function middle(one: number, other: number): number {
  if (one === other) return one;
  const red = (((one >> 16) & 255) + ((other >> 16) & 255)) >> 1;
  const green = (((one >> 8) & 255) + ((other >> 8) & 255)) >> 1;
  const blue = ((one & 255) + (other & 255)) >> 1;
  return TRUECOLOUR | (red << 16) | (green << 8) | blue;
}
