/**
 * The word that was meant. Owns how near two words must be; knows no list of words.
 */
import { distance } from 'fastest-levenshtein';

/** One letter in three may be wrong: "boss" is not near to "host", "scren" is to "screen". */
const LETTERS_PER_STEP = 3;
/** The beginning of a word is near to it from so many letters on. */
const BEGINNING_LETTERS = 3;
/** Names are cut to this before they are compared: the work grows with the product of lengths. */
const COMPARED_CHARACTERS = 64;

/** Of a list in a message: what a tired reader still looks through. */
const SHOWN_WORDS = 12;

/** ` (did you mean "…"?)`, or nothing where no word is near. Upper case is as good as lower. */
export function didYouMean(word: string, words: readonly string[]): string {
  const short = folded(word);
  const near = words
    .map((known) => ({ known, steps: stepsBetween(short, folded(known)) }))
    .sort((a, b) => a.steps - b.steps)[0];
  if (near === undefined) return '';
  const longest = Math.max(short.length, folded(near.known).length);
  return near.steps * LETTERS_PER_STEP > longest ? '' : ` (did you mean "${near.known}"?)`;
}

/** Words for a line that may be of thousands: some of them, and how many there are. */
export function someOf(words: readonly string[]): string {
  if (words.length === 0) return 'none';
  const more = words.length - SHOWN_WORDS;
  const shown = words.slice(0, SHOWN_WORDS).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function folded(word: string): string {
  return word.slice(0, COMPARED_CHARACTERS).toLowerCase();
}

/** Letters to change, add or leave out; two that changed places, and a beginning, are one step. */
function stepsBetween(word: string, known: string): number {
  if (word === known) return 0;
  if (word.length >= BEGINNING_LETTERS && known.startsWith(word)) return 1;
  return isSwapped(word, known) ? 1 : distance(word, known);
}

function isSwapped(word: string, known: string): boolean {
  if (word.length !== known.length) return false;
  let at = 0;
  while (at < word.length && word.charAt(at) === known.charAt(at)) at += 1;
  const swapped = word.charAt(at + 1) + word.charAt(at);
  return word.slice(0, at) + swapped + word.slice(at + 2) === known;
}
