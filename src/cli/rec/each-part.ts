/**
 * Work on one recorded file after the other, with one progress bar over all of them. Owns the order, how
 * far it is in all, and that the bar is not there while a result is written.
 */
import { basename } from 'node:path';
import type { Part } from '../../daemon/recording/reading/part.js';
import type { PassOptions } from '../../daemon/recording/reading/verify-file.js';
import type { Io } from '../io.js';
import type { BarIo } from './progress-bar.js';
import { ProgressBar } from './progress-bar.js';

/**
 * Calls `work` with each part, and waits for it. `verb`: what is done, as the bar says it. Rejects as
 * `work` does; the bar is gone then, too.
 */
export async function eachPart(
  io: BarIo & Pick<Io, 'ending'>,
  verb: string,
  parts: readonly Part[],
  work: (part: Part, options: PassOptions, bar: ProgressBar) => Promise<void>,
): Promise<void> {
  const totalBytes = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  // Its own, and not that of the work before it: what is left is told by how fast this work goes.
  const bar = new ProgressBar(io, verb);
  let beforeBytes = 0;
  try {
    for (const part of parts) {
      const fromBytes = beforeBytes;
      bar.name(`${verb} ${basename(part.path)}`);
      const onProgress = (bytes: number): void => {
        bar.set(fromBytes + bytes, totalBytes);
      };
      await work(part, { onProgress, signal: io.ending }, bar);
      beforeBytes += part.sizeBytes;
    }
  } finally {
    bar.end();
  }
}
