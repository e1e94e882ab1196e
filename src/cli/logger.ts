/**
 * The program's log, on stderr: JSON lines for services, short plain lines on a terminal. Owns the
 * form; what is logged has been cleaned or is escaped by JSON.
 */
import { pino } from 'pino';

import type { Logger } from '../daemon/connection-log.js';
import type { TextOut } from './io.js';
import { lineOut, lossWords } from './line-out.js';

/** `level` as `--log-level` takes it. `forPeople`: plain lines though `err` is no terminal. */
export function createLogger(err: TextOut, level: string, forPeople = false): Logger {
  const destination = err.isTTY === true || forPeople ? plainLines(err) : lineOut(err, lossEntry);
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    {
      write: (line: string) => {
        destination.write(line);
      },
    },
  );
}

/** pino's level numbers (https://getpino.io/#/docs/api?id=levels). */
const LEVELS: Readonly<Record<number, string>> = {
  20: 'debug',
  30: 'info',
  40: 'warning',
  50: 'error',
};

/** As pino writes its lines; at level 40, a warning. */
function lossEntry(lines: number): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: 40, time, msg: lossWords(lines).trimEnd() })}\n`;
}

/** `warning: words (CODE, 192.0.2.7)`. Texts come out of JSON, so controls are escaped again. */
function plainLines(err: TextOut): TextOut {
  return {
    write(line: string) {
      const entry: unknown = JSON.parse(line);
      if (typeof entry !== 'object' || entry === null) return;
      const { level, msg, code, address } = entry as Record<string, unknown>;
      const details = [code, address].filter((part) => typeof part === 'string').join(', ');
      const words = printable(typeof msg === 'string' ? msg : '');
      const name = LEVELS[Number(level)] ?? 'note';
      err.write(`${name}: ${words}${details === '' ? '' : ` (${printable(details)})`}\n`);
    },
  };
}

function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\uFFFD');
}
