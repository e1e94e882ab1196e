/**
 * Cells that stand for a part of a kitty picture. Owns the placeholder character and the marks that
 * say row and column; sends no picture.
 *
 * Format: https://sw.kovidgoyal.net/kitty/graphics-protocol/, "Unicode placeholders". The marks are
 * the combining characters above (class 230) of Unicode 6.0 that do not fuse with letters, in order.
 */

const PLACEHOLDER = '\u{10eeee}';
/** Ranges in hexadecimal, both ends included. */
const MARK_RANGES =
  '305 30d-30e 310 312 33d-33f 346 34a-34c 350-352 357 35b 363-36f 483-487 592-595 597-599 ' +
  '59c-5a1 5a8-5a9 5ab-5ac 5af 5c4 610-617 657-65b 65d-65e 6d6-6dc 6df-6e2 6e4 6e7-6e8 6eb-6ec ' +
  '730 732-733 735-736 73a 73d 73f-741 743 745 747 749-74a 7eb-7f1 7f3 816-819 81b-823 825-827 ' +
  '829-82d 951 953-954 f82-f83 f86-f87 135d-135f 17dd 193a 1a17 1a75-1a7c 1b6b 1b6d-1b73 ' +
  '1cd0-1cd2 1cda-1cdb 1ce0 1dc0-1dc1 1dc3-1dc9 1dcb-1dcc 1dd1-1de6 1dfe 20d0-20d1 20d4-20d7 ' +
  '20db-20dc 20e1 20e7 20e9 20f0 2cef-2cf1 2de0-2dff a66f a67c-a67d a6f0-a6f1 a8e0-a8f1 aab0 ' +
  'aab2-aab3 aab7-aab8 aabe-aabf aac1 fe20-fe26 10a0f 10a38 1d185-1d189 1d1aa-1d1ad 1d242-1d244';

const MARKS: readonly string[] = MARK_RANGES.split(' ').flatMap((range) => {
  const [first = 0, last = first] = range.split('-').map((end) => Number.parseInt(end, 16));
  return Array.from({ length: last - first + 1 }, (_, n) => String.fromCodePoint(first + n));
});

/** Rows and columns that a picture of placeholders can have. */
export const PLACEHOLDERS_MAX = MARKS.length;

/** The character for the cell at `row`, `column` of a picture; each 0 to PLACEHOLDERS_MAX - 1. */
export function placeholderAt(row: number, column: number): string {
  return `${PLACEHOLDER}${MARKS[row] ?? ''}${MARKS[column] ?? ''}`;
}
