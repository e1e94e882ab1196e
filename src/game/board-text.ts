/**
 * A position in one short text, for lines and for terminals without room. Owns that text only.
 */
import type { Position } from './tic-tac-toe.js';
import { SIDE } from './tic-tac-toe.js';

/** The rows from the top, a dot for a free square: `X../.O./...`. */
export function boardText({ squares }: Position): string {
  const marks = squares.map((mark) => mark ?? '.').join('');
  return [0, SIDE, 2 * SIDE].map((from) => marks.slice(from, from + SIDE)).join('/');
}
