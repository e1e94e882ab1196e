/**
 * Texts of others as the dashboard may show them, and texts brought to a width in cells. Owns the
 * cleaning on this side of the daemon, which cleans too; keeps no text and paints nothing.
 */
import stringWidth from 'string-width';

/** Longest text that is looked at, in UTF-16 units: a chat message is cut before anything walks it. */
export const TEXT_UNITS_MAX = 4000;

/** Languages put up to four marks on a letter; more of them would climb over other lines. */
const MARKS = /(\p{M}{4})\p{M}+/gu;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Text without anything that is not printable: control, format (bidi among them), private-use,
 * unassigned and lone surrogate characters go, white space becomes single spaces, NFC.
 * Private-use characters would otherwise pass for tiles. At most `unitsMax` UTF-16 units.
 */
export function printable(text: string, unitsMax = TEXT_UNITS_MAX): string {
  return text
    .slice(0, unitsMax)
    .replace(/[^\P{C}\t\n\v\f\r]/gu, '')
    .replace(/\s+/gu, ' ')
    .normalize('NFC')
    .replace(MARKS, '$1')
    .trim();
}

/** The characters as people count them: letters with their marks. */
export function graphemesOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** Cells that a text takes. */
export function cellsOf(text: string): number {
  return stringWidth(text);
}

/** At most `cells` wide; what was cut ends with "…". */
export function fitCells(text: string, cells: number): string {
  if (cells <= 0) return '';
  if (stringWidth(text) <= cells) return text;
  return `${headCells(text, cells - 1)}…`;
}

/** As much from the start as fits into `cells`, nothing put in its place. */
export function headCells(text: string, cells: number): string {
  let out = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const width = stringWidth(segment);
    if (used + width > cells) break;
    out += segment;
    used += width;
  }
  return out;
}

/** As much from the end as fits into `cells`: the part where somebody types. */
export function tailCells(text: string, cells: number): string {
  const all = graphemesOf(text);
  let used = 0;
  let from = all.length;
  while (from > 0) {
    const width = stringWidth(all[from - 1] ?? '');
    if (used + width > cells) break;
    used += width;
    from -= 1;
  }
  return all.slice(from).join('');
}

/** Exactly `cells` wide: cut or filled with spaces. */
export function padCells(text: string, cells: number): string {
  const fitted = fitCells(text, cells);
  return fitted + ' '.repeat(Math.max(0, cells - stringWidth(fitted)));
}

/** Lines of at most `cells`, broken at spaces, long words anywhere. */
export function wrapCells(text: string, cells: number): string[] {
  if (cells <= 0) return [];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (stringWidth(joined) <= cells) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (stringWidth(line) > cells) {
      // A character wider than the line still has to go somewhere.
      const head = headCells(line, cells) || (graphemesOf(line)[0] ?? '');
      lines.push(fitCells(head, cells));
      line = line.slice(head.length);
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}
