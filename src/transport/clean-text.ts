/**
 * Names and texts of peers, made safe at the door: nothing that could move a cursor, reorder a line
 * or fill a screen gets past here. Owns the cleaning; keeps no text.
 */
import stringWidth from 'string-width';

/** Most code points and most terminal cells of a name. */
export const NAME_CODE_POINTS = 64;
export const NAME_CELLS = 32;
/** The same of a chat message, which is a paragraph. */
export const CHAT_CODE_POINTS = 1000;
export const CHAT_CELLS = 2000;

/**
 * Removes control, format (bidi controls and joiners among them), private-use, unassigned and lone
 * surrogate characters (Unicode general category C), and line and paragraph separators; white space
 * becomes single spaces. The result is in NFC.
 */
export function cleanText(text: string, codePoints: number, cells: number): string {
  // Bounded before anything walks it.
  const bounded = text.slice(0, codePoints * 8);
  // What is removed may have stood between two spaces, or between a letter and its accent: so spaces
  // and NFC come after it.
  const safe = bounded
    .replace(/[^\P{C}\t\n\v\f\r]/gu, '')
    .replace(/\s+/gu, ' ')
    .normalize('NFC')
    .trim();
  return fit(safe, codePoints, cells);
}

/** A participant's name, or `fallback` where nothing is left of it. */
export function cleanName(name: string, fallback = 'guest'): string {
  const clean = cleanText(name, NAME_CODE_POINTS, NAME_CELLS);
  return clean === '' ? fallback : clean;
}

/** A clean name, shortened so that as many ASCII characters have room behind it. */
export function shortenName(name: string, roomFor: number): string {
  return cleanText(name, NAME_CODE_POINTS - roomFor, NAME_CELLS - roomFor);
}

/** Made when a name needs it: with it ICU reads its data, which stays in memory. */
let segmenter: Intl.Segmenter | undefined;

/** Printable ASCII: one code point and one cell each, as most names are. */
const PLAIN = /^[ -~]*$/;

function fit(text: string, codePoints: number, cells: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.min(codePoints, cells)).trim();
  let out = '';
  let usedPoints = 0;
  let usedCells = 0;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) {
    usedPoints += Array.from(segment).length;
    usedCells += stringWidth(segment);
    if (usedPoints > codePoints || usedCells > cells) break;
    out += segment;
  }
  return out.trim();
}
