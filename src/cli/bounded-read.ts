/**
 * Reads what a user has named, whatever it turns out to be: never more than it may be, and of a pipe
 * never longer than somebody may take to write to it. Owns the bounds; judges no content.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

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
 * All that it says, of a file, a device or a pipe. Rejects with errors of the system, with one in plain
 * words for more than `mostBytes` or a pipe that nobody writes to, and with the signal's reason.
 */
export async function readText(
  file: number,
  mostBytes: number,
  signal: AbortSignal,
  patience = PATIENCE,
): Promise<string> {
  const taken = new TakenText(file, mostBytes);
  let [waitedMs, hasWriter] = [0, !fstatSync(file).isFIFO()];
  for (;;) {
    const count = taken.takeMore();
    if (count === 0 && hasWriter) return taken.text;
    if (count === 0 || count === undefined) {
      const limitMs = hasWriter || count === undefined ? patience.wordMs : patience.writerMs;
      if (waitedMs >= limitMs) throw new Error(`nobody wrote to this pipe in ${limitMs / 1000} s`);
      waitedMs += STEP_MS;
      await ended(STEP_MS, signal);
    }
    hasWriter ||= count !== 0;
  }
}

/** As `readText`, of what never makes anyone wait, such as a file; a pipe's text ends where it does now. */
export function readTextNow(file: number, mostBytes: number): string {
  const taken = new TakenText(file, mostBytes);
  while ((taken.takeMore() ?? 0) > 0);
  return taken.text;
}

/** As `readText`, of a path. */
export async function readBoundedText(
  path: string,
  mostBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const file = openToRead(path);
  try {
    return await readText(file, mostBytes, signal);
  } finally {
    closeSync(file);
  }
}

/** What was read so far, never much more than it may be. */
class TakenText {
  readonly #file: number;
  readonly #mostBytes: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(file: number, mostBytes: number) {
    this.#file = file;
    this.#mostBytes = mostBytes;
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  /** As `readNow`. Throws in plain words for too much. */
  takeMore(): number | undefined {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const count = readNow(this.#file, chunk);
    this.#length += count ?? 0;
    if (this.#length > this.#mostBytes) {
      throw new Error(`it is larger than ${this.#mostBytes} bytes`);
    }
    this.#chunks.push(chunk.subarray(0, count ?? 0));
    return count;
  }
}

async function ended(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    throw signal.reason;
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
