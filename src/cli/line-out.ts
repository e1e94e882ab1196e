/**
 * Lines for somebody who may stop reading: a pipe that nobody empties must not fill this process's
 * memory. Owns what is left out meanwhile, and that it is said; formats no line of its own.
 *
 *   write ──> [ at most 4 MiB wait ] ──> pipe, file or terminal
 *                 │ full: left out, counted, told by the next line
 */
import type { TextOut } from './io.js';

/** Bytes that may wait for a reader. Node keeps what a pipe does not take. */
export const LINES_WAITING_BYTES = 4 * 1024 * 1024;

/**
 * Writes whole lines to `out`. `lossLine` makes the line, with its end, that tells how many were left
 * out before it.
 */
export function lineOut(out: TextOut, lossLine: (lines: number) => string): TextOut {
  let lost = 0;
  return {
    ...(out.isTTY === undefined ? {} : { isTTY: out.isTTY }),
    write(text) {
      if ((out.writableLength ?? 0) > LINES_WAITING_BYTES) {
        lost += 1;
        return false;
      }
      if (lost > 0) out.write(lossLine(lost));
      lost = 0;
      return out.write(text);
    },
  };
}

/** For people. */
export function lossWords(lines: number): string {
  return `${lines} lines were left out, since nobody read them in time\n`;
}
