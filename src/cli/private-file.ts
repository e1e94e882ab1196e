/**
 * Files whose content is for one user: keys, invites, lists of who may come in. Owns how they are read,
 * bounded and only where they are files, and the words for one that others may read or change; decides
 * not what that means.
 */
import { closeSync, fstatSync } from 'node:fs';
import type { Stats } from 'node:fs';

import { openToRead, readText, readTextNow } from './bounded-read.js';

/** What a file said, and why it is not this user's alone. */
export interface PrivateFile {
  readonly text: string;
  /** Others may read it; with the words that mend it. Undefined: nobody else may. */
  readonly readable: string | undefined;
  /** Others may change it; with the words that mend it. */
  readonly changeable: string | undefined;
}

/**
 * Follows links: what counts is the file at their end. Throws errors of the system, and one in plain
 * words for what is no file or too large.
 */
export function readPrivateFile(path: string, mostBytes: number): PrivateFile {
  const file = openToRead(path);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw noFile();
    return { text: readTextNow(file, mostBytes), ...looseness(path, stats) };
  } finally {
    closeSync(file);
  }
}

/**
 * As `readPrivateFile`, of what a user has named: a pipe is taken, too, as a shell gives one for
 * `<(…)`. Rejects with the signal's reason, too.
 */
export async function readPrivateInput(
  path: string,
  mostBytes: number,
  signal: AbortSignal,
): Promise<PrivateFile> {
  const file = openToRead(path);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() && !stats.isFIFO()) throw noFile();
    return { text: await readText(file, mostBytes, signal), ...looseness(path, stats) };
  } finally {
    closeSync(file);
  }
}

function noFile(): Error {
  return new Error('it is no file');
}

/** Of root's files a group may read some, as that of systemd's credentials and of ssl-cert. */
function looseness(path: string, stats: Stats): Pick<PrivateFile, 'readable' | 'changeable'> {
  const user = process.getuid?.();
  if (user === undefined || !stats.isFile()) return { readable: undefined, changeable: undefined };
  const { mode, uid } = stats;
  const chmod = `(mode ${(mode & 0o777).toString(8)}): chmod ${uid === user ? '600' : '640'} ${path}`;
  if (uid !== user && uid !== 0) {
    const owned = `it belongs to user ${uid}: chown ${user} ${path}`;
    return { readable: owned, changeable: owned };
  }
  const others = uid === user ? 0o077 : 0o037;
  return {
    readable: (mode & others) === 0 ? undefined : `others may read it ${chmod}`,
    changeable: (mode & 0o022) === 0 ? undefined : `others may write to it ${chmod}`,
  };
}
