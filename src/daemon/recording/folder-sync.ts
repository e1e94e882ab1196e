/**
 * Brings a folder's own entries to the platter: names that were made or changed. Owns which file
 * systems are let off, since they have no such call.
 */
import { systemErrorCode } from '../../transport/errors.js';
import type { RecordingFs } from './recording-fs.js';
import { FOLDER_FLAGS } from './recording-fs.js';
import type { SyncTurns } from './sync-turns.js';

/** What says that folders cannot be synced here: Windows, and some network file systems. */
const NOT_HERE = new Set(['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM', 'EBADF']);

/** Rejects with system errors. */
export async function syncFolder(fs: RecordingFs, path: string, turns: SyncTurns): Promise<void> {
  try {
    const fd = await fs.open(path, FOLDER_FLAGS, 0);
    try {
      await turns.sync(fs, fd);
    } finally {
      await fs.close(fd);
    }
  } catch (thrown) {
    if (!NOT_HERE.has(systemErrorCode(thrown) ?? '')) throw thrown;
  }
}
