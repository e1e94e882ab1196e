/**
 * Writes a file that a user has named, whatever stands there: a symlink is not followed, and nobody is
 * waited for who does not read the other end of a pipe. Owns the opening and the bound; leaves what was
 * written so far when it fails.
 */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

import type { Clock } from '../transport/clock.js';
import { systemErrorCode } from '../transport/errors.js';

/** A file that is there is written over; what a symlink points to is not. */
const FLAGS =
  constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_TRUNC |
  (process.platform === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK);
const STEP_MS = 20;
/** How long a reader of a pipe may take nothing. */
export const MOST_STILL_MS = 10_000;

/**
 * Rejects with errors of the system (ELOOP: a symlink; ENXIO: a pipe that nobody reads), and with one
 * in plain words for a pipe whose reader has stopped.
 */
export async function writePatiently(path: string, bytes: Buffer, clock: Clock): Promise<void> {
  const file = await open(path, FLAGS, 0o600);
  try {
    await writeAll(file, bytes, clock);
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, clock: Clock): Promise<void> {
  let stillMs = 0;
  for (let at = 0; at < bytes.length;) {
    const written = await writeNow(file, bytes.subarray(at));
    at += written;
    stillMs = written === 0 ? stillMs + STEP_MS : 0;
    if (stillMs > MOST_STILL_MS) {
      throw new Error(`nobody has read this pipe for ${MOST_STILL_MS / 1000} s`);
    }
    if (written === 0) await clock.sleep(STEP_MS);
  }
}

/** 0: the pipe is full. */
async function writeNow(file: FileHandle, bytes: Buffer): Promise<number> {
  try {
    return (await file.write(bytes)).bytesWritten;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'EAGAIN') return 0;
    throw thrown;
  }
}
