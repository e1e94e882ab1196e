/**
 * The last door before a terminal: a daemon's words, names of devices and of files may be in any line.
 * Owns the taking out of what could move a cursor, change a colour or reorder a line, and of what nobody else may read.
 */

/**
 * The text without control, format, private-use, unassigned and lone surrogate characters (Unicode
 * general category C); line breaks and tabs become spaces. For one line, without its end.
 */
export function printable(text: string): string {
  return text.replace(/[\t\n\v\f\r]+/gu, ' ').replace(/\p{C}/gu, '');
}

/** Words that quote what was given, without the secret of an invite that was given in a wrong place. */
export function withoutSecret(text: string): string {
  return text.replace(/(invite(?:=|%3d))[\w.%-]+/gi, '$1…');
}
