/**
 * Brings a folder's own entries to the platter: names that were made or changed. Owns which file
 * systems are let off, since they have no such call.
 */
import type { MeetError } from '../../transport/errors.js';
import { systemErrorCode } from '../../transport/errors.js';
import { diskFault } from './disk-fault.js';
import type { RecordingFs } from './recording-fs.js';
import { FOLDER_FLAGS } from './recording-fs.js';
import type { SyncTurns } from './sync-turns.js';

/** What says that folders cannot be synced here: Windows, and some network file systems. */
const NOT_HERE = new Set(['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM', 'EBADF']);

/**
 * Resolves with why the sync failed, undefined when it did not: what is in the folder is no worse for
 * it. Rejects with system errors when the folder cannot be opened.
 */
export async function syncFolder(
  fs: RecordingFs,
  path: string,
  turns: SyncTurns,
): Promise<MeetError | undefined> {
  const fd = await openFolder(fs, path);
  if (fd === undefined) return undefined;
  try {
    await turns.syncFolder(fs, fd);
  } catch (thrown) {
    return isNotHere(thrown) ? undefined : diskFault(thrown, path);
  } finally {
    await fs.close(fd).catch(() => undefined);
  }
  return undefined;
}

async function openFolder(fs: RecordingFs, path: string): Promise<number | undefined> {
  try {
    return await fs.open(path, FOLDER_FLAGS, 0);
  } catch (thrown) {
    if (isNotHere(thrown)) return undefined;
    throw thrown;
  }
}

/** Whether that only says that folders cannot be synced here. */
export function isNotHere(thrown: unknown): boolean {
  return NOT_HERE.has(systemErrorCode(thrown) ?? '');
}
