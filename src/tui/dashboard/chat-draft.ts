/**
 * The message being typed. Owns what typing, pasting and erasing make of it; sends nothing.
 */
import { graphemesOf, printable } from './printable-text.js';

/** Longest message that can be typed, in UTF-16 units. */
export const DRAFT_UNITS_MAX = 1000;
/** Most of a paste that is looked at. */
const PASTE_UNITS_MAX = 8000;

/**
 * The draft with what was typed or pasted at its end: line breaks become spaces, so that nothing
 * pasted sends itself; what cannot be printed is left out.
 */
export function typed(draft: string, input: string): string {
  // Cleaning trims: a character at the end keeps the space that was just typed.
  const marked = `${draft}${input.slice(0, PASTE_UNITS_MAX)}|`;
  const clean = printable(marked, DRAFT_UNITS_MAX + PASTE_UNITS_MAX + 1).slice(0, -1);
  // A character of two units that no longer fits goes whole.
  return clean.slice(0, DRAFT_UNITS_MAX).replace(/[\ud800-\udbff]$/u, '');
}

/** Without its last character, a letter with its marks as one. */
export function erased(draft: string): string {
  return graphemesOf(draft).slice(0, -1).join('');
}
