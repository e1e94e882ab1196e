/**
 * The last door before a terminal: a daemon's words, names of devices and of files may be in any line.
 * Owns the taking out of what could move a cursor, change a colour or reorder a line.
 */

/**
 * The text without control, format, private-use, unassigned and lone surrogate characters (Unicode
 * general category C); line breaks and tabs become spaces. For one line, without its end.
 */
export function printable(text: string): string {
  return text.replace(/[\t\n\v\f\r]+/gu, ' ').replace(/\p{C}/gu, '');
}
