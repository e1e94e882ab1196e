/**
 * The word that was meant. Owns how near two words must be; knows no list of words.
 */
import { distance } from 'fastest-levenshtein';

/** Words at most this far apart are near, however short they are. */
const NEAR = 2;
/** Names are cut to this before they are compared: the work grows with the product of lengths. */
const COMPARED_CHARACTERS = 64;

/** ` (did you mean "…"?)`, or nothing where no word is near. */
export function didYouMean(word: string, words: readonly string[]): string {
  const short = word.slice(0, COMPARED_CHARACTERS);
  const near = words
    .map((known) => ({ known, steps: distance(short, known) }))
    .sort((a, b) => a.steps - b.steps)[0];
  if (near === undefined || near.steps > Math.max(NEAR, near.known.length / 3)) return '';
  return ` (did you mean "${near.known}"?)`;
}
