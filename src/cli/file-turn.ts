/**
 * A turn at a file for one program at a time: what is read, decided and written in it nobody else
 * changes meanwhile. Owns the lock beside the file, and what becomes of one whose program was killed;
 * reads and writes nothing else.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';

import { systemErrorCode } from '../transport/errors.js';

/**
 * Longer than any turn, which takes some milliseconds: a lock that is the same one after it is that of a
 * program that was killed. Nothing else of this program goes on meanwhile.
 */
const LEFT_MS = 1000;
const RETRY_MS = 2;
const UNIQUE_BYTES = 8;

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Waits for the turn at `path`, and returns what ends it. Throws errors of the system. */
export function beginTurn(path: string): () => void {
  const lock = `${path}.lock`;
  takeLock(lock);
  return () => {
    rmSync(lock, { force: true });
  };
}

function takeLock(lock: string): void {
  let seen: string | undefined;
  let sameForMs = 0;
  while (!isMade(lock)) {
    const now = identityOf(lock);
    sameForMs = now === seen ? sameForMs + RETRY_MS : 0;
    seen = now;
    if (seen !== undefined && sameForMs >= LEFT_MS) takeAway(lock, seen);
    else Atomics.wait(pause, 0, 0, RETRY_MS);
  }
}

function isMade(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
    return true;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

/**
 * Two may see the same old lock: a new one that the second moves by mistake is put back. Throws where it
 * can't be moved, such as on a disk that has become read-only.
 */
function takeAway(lock: string, seen: string): void {
  const aside = `${lock}.${randomBytes(UNIQUE_BYTES).toString('hex')}.new`;
  if (!isMoved(lock, aside)) return;
  try {
    if (identityOf(aside) !== seen) linkSync(aside, lock);
  } catch (thrown) {
    // Whoever has the turn now has made its own.
    if (systemErrorCode(thrown) !== 'EEXIST') throw thrown;
  } finally {
    rmSync(aside, { force: true, recursive: true });
  }
}

/** False: another program was faster. */
function isMoved(lock: string, aside: string): boolean {
  try {
    renameSync(lock, aside);
    return true;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.ino} ${stats.mtimeNs}`;
}
