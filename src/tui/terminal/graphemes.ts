/**
 * Text as cells: what stands in one cell, and how many columns it takes. Owns the rules that keep
 * columns where they are on every terminal; sets no cell.
 *
 * Terminals disagree on joined emoji, skin tones, flags and Indic clusters by up to six columns. So
 * a character is cut to its base and the marks on it, whose width all agree on.
 */
import stringWidth from 'string-width';
import { REPLACEMENT } from './safe-text.js';

export interface Grapheme {
  readonly text: string;
  readonly columns: 1 | 2;
}

/** Marks on one letter; more ("zalgo") are left out. */
const MARKS_MAX = 4;
/** Widths and cuts kept; a conversation has some hundreds. */
const KNOWN_MAX = 4096;
/** Regional indicators A to Z; a flag is two of them. */
const REGIONAL_A = 0x1f1e6;
const REGIONAL_Z = 0x1f1ff;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const known = new Map<string, readonly Grapheme[]>();

/** The cells' contents of a piece of text without control characters, found as they are asked for. */
export function* graphemesOf(text: string): Iterable<Grapheme> {
  for (const { segment } of segmenter.segment(text)) yield* graphemeOf(segment);
}

function graphemeOf(segment: string): readonly Grapheme[] {
  const before = known.get(segment);
  if (before !== undefined) return before;
  const graphemes = cut(segment);
  if (known.size >= KNOWN_MAX) known.clear();
  // A segment can be as long as its author likes.
  if (segment.length <= 32) known.set(segment, graphemes);
  return graphemes;
}

function cut(segment: string): readonly Grapheme[] {
  const points = Array.from(segment.slice(0, 64).normalize('NFC'));
  const [base = REPLACEMENT, ...rest] = points;
  if (isRegional(base)) return points.filter(isRegional).map(regionalLetter);
  if (/^[\p{M}\p{Cf}\p{Cs}]$/u.test(base)) return [{ text: REPLACEMENT, columns: 1 }];
  const marks = rest.filter((point) => /^[\p{Mn}\p{Me}]$/u.test(point)).slice(0, MARKS_MAX);
  const text = base + marks.join('');
  // The width that the layout counted with is that of the whole character.
  const columns = stringWidth(segment) >= 2 ? 2 : 1;
  return [{ text, columns }];
}

function isRegional(point: string): boolean {
  const code = point.codePointAt(0) ?? 0;
  return code >= REGIONAL_A && code <= REGIONAL_Z;
}

/** A flag is shown as its two letters: it takes two columns here and up to four elsewhere. */
function regionalLetter(point: string): Grapheme {
  const letter = (point.codePointAt(0) ?? REGIONAL_A) - REGIONAL_A;
  return { text: String.fromCharCode(0x41 + letter), columns: 1 };
}
