/**
 * ASCII in the place of other characters, for terminals that do not read UTF-8: to them its bytes are
 * other letters, and some of them are controls. Owns the table; writes nothing.
 */

/** The dashboard's own marks and lines; ASCII of one column each. */
const MARKS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '●': '*',
    '◌': '.',
    '◐': '~',
    '○': 'o',
    '■': '#',
    '»': '>',
    '▸': '>',
    '▏': '_',
    '…': '.',
    '·': '-',
    '’': "'",
    '–': '-',
  }),
);

const UNKNOWN = '?';
const HORIZONTAL = '─━╌┄┈';
const VERTICAL = '│┃╎┆┊';

/** One printable ASCII character for a character of any kind: a letter without its accents, a mark like it, or `?`. */
export function asciiStandIn(text: string): string {
  const mark = MARKS.get(text);
  if (mark !== undefined) return mark;
  const [base = UNKNOWN] = text.normalize('NFKD');
  if (/^[ -~]$/.test(base)) return base;
  const code = base.codePointAt(0) ?? 0;
  if (HORIZONTAL.includes(base)) return '-';
  if (VERTICAL.includes(base)) return '|';
  // Box drawing: corners and crossings. Blocks: of level meters.
  if (code >= 0x2500 && code <= 0x257f) return '+';
  return code >= 0x2580 && code <= 0x259f ? '#' : UNKNOWN;
}
