/** How a name that somebody gave stands in a message. Owns that one form. */

/** What is shown of a name; the rest is cut off. */
const MOST_LETTERS = 200;

/** In double quotes and on one line: control and format characters are shown by number, `\u{a}`. */
export function quotedName(name: string): string {
  const shown = name
    .slice(0, MOST_LETTERS)
    .replaceAll(/\p{C}/gu, (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`);
  return `"${shown}"`;
}
