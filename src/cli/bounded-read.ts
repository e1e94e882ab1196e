/**
 * Reads what a user has named, whatever it turns out to be: never more than it may be, and of a pipe
 * never longer than somebody may take to write to it. Owns the bounds; judges no content.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { systemErrorCode } from '../transport/errors.js';

const CHUNK_BYTES = 16 * 1024;
const STEP_MS = 20;

export interface PipePatience {
  /** For somebody who opens the other end. */
  readonly writerMs: number;
  /** For words of whoever has: a program may ask for a passphrase first. */
  readonly wordMs: number;
}

const PATIENCE: PipePatience = { writerMs: 5000, wordMs: 60_000 };

/** Opens for reading and waits for nobody. Throws errors of the system. */
export function openToRead(path: string): number {
  const flags = process.platform === 'win32' ? 0 : constants.O_NONBLOCK;
  return openSync(path, constants.O_RDONLY | flags);
}

/**
 * All of it, at most `mostBytes` and a few more: whoever asks compares. Files, devices and pipes are
 * taken. Throws errors of the system, and one in plain words for a pipe that nobody writes to.
 */
export function readAtMost(file: number, mostBytes: number, patience = PATIENCE): Buffer {
  const isPipe = fstatSync(file).isFIFO();
  const chunks: Buffer[] = [];
  let [length, waitedMs, hasWriter] = [0, 0, !isPipe];
  while (length <= mostBytes) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const count = readNow(file, chunk);
    if (count === 0 && hasWriter) break;
    if (count !== undefined && count > 0) {
      length += count;
      chunks.push(chunk.subarray(0, count));
    } else {
      const limitMs = hasWriter || count === undefined ? patience.wordMs : patience.writerMs;
      if (waitedMs >= limitMs) throw new Error(`nobody wrote to this pipe in ${limitMs / 1000} s`);
      waitedMs += STEP_MS;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STEP_MS);
    }
    hasWriter ||= count !== 0;
  }
  return Buffer.concat(chunks);
}

/** As `readAtMost`, of a path; throws one in plain words for what is larger. */
export function readBoundedText(path: string, mostBytes: number): string {
  const file = openToRead(path);
  try {
    const bytes = readAtMost(file, mostBytes);
    if (bytes.length > mostBytes) throw new Error(`it is larger than ${mostBytes} bytes`);
    return bytes.toString('utf8');
  } finally {
    closeSync(file);
  }
}

/** Undefined: nothing has come yet. 0: the end, or a pipe that nobody has opened to write. */
function readNow(file: number, chunk: Buffer): number | undefined {
  try {
    return readSync(file, chunk, 0, chunk.length, null);
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'EAGAIN') return undefined;
    throw thrown;
  }
}
