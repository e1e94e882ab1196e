/**
 * Lines of a stream, ended by LF and nothing else. Owns the rest of a line that has begun.
 *
 * Node's readline also ends lines at U+2028 and U+2029 from version 24 on, which JSON may hold.
 */
import type { Readable } from 'node:stream';

/** Calls `onLine` for each line that is whole, without its LF. The stream must be UTF-8. */
export function readLines(source: Readable, onLine: (line: string) => void): void {
  let rest = '';
  source.setEncoding('utf8');
  source.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
