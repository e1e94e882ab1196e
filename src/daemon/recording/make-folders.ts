/**
 * Makes a folder with all that is missing above it. Owns the order, and that what the system says comes
 * through as it is: Node's own recursive `mkdir` calls a full disk a folder that is not there.
 */
import { dirname } from 'node:path';
import { systemErrorCode } from '../../transport/errors.js';
import { statOf } from './mount-point.js';
import type { RecordingFs } from './recording-fs.js';
import { FOLDER_MODE } from './recording-fs.js';

/** Resolves with the folders that were made, from the top down. Rejects with system errors. */
export async function makeFolders(fs: RecordingFs, path: string): Promise<string[]> {
  const missing: string[] = [];
  // Of `/` there is always one.
  for (let at = path; (await statOf(fs, at)) === undefined; at = dirname(at)) missing.unshift(at);
  const made: string[] = [];
  for (const folder of missing) if (await madeFolder(fs, folder)) made.push(folder);
  return made;
}

/** Makes one folder. False when something has that name already. */
export async function madeFolder(fs: RecordingFs, path: string): Promise<boolean> {
  try {
    await fs.mkdir(path, FOLDER_MODE);
    return true;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}
