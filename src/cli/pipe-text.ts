/**
 * Text to a pipe, and whether anybody still has its other end: `meet watch | head -1` is to end when
 * head does, not with the next line, which may come tomorrow. Owns the question; ends nothing.
 */
import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';

import type { TextOut } from './io.js';

/** What is used of process.stdout. */
export type PipeStream = Pick<Writable, 'write' | 'writableLength'> & { readonly fd: number };

/** Whether `fd` is a pipe, and not one of the socket pairs that some programs take in their place. */
export function isPipe(fd: number): boolean {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    return false;
  }
}

/** `stream` as before, and `untilUnread`. */
export function pipeText(stream: PipeStream): TextOut {
  return {
    write: (text) => stream.write(text),
    get writableLength() {
      return stream.writableLength;
    },
    untilUnread: (signal) => hasNoReader(stream.fd, signal),
  };
}

/**
 * Node cannot poll a pipe that it writes to; the system's `tail` does, for this very reason, and then
 * ends by SIGPIPE (GNU coreutils 8.28 and later). It writes nothing, and ends with this process, so that
 * the reader comes to its end then. Where there is no such tail, the next line finds it out.
 */
function hasNoReader(fd: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const args = [`--pid=${process.pid}`, '-f', '/dev/null'];
    const tail = spawn('tail', args, { stdio: ['ignore', fd, 'ignore'], signal });
    tail.on('error', () => undefined);
    tail.on('exit', (_, by) => {
      if (by === 'SIGPIPE') resolve();
    });
    tail.unref();
  });
}
