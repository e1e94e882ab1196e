/**
 * Finds out whether a folder takes files again, by making one. Owns that trial; leaves nothing behind.
 */
import { join } from 'node:path';
import type { RecordingFs } from './recording-fs.js';
import { CREATE_FLAGS, FILE_MODE, PART_SUFFIX, writeAll } from './recording-fs.js';
import { MARKER_FILE } from './segment-name.js';

/** What a trial writes at most, in bytes and as a part of the disk. */
const MOST_BYTES = 1024 * 1024;
const MOST_PART = 1 / 8;

/** Writes about `sizeBytes` to a file in `folder` and removes it. Rejects with system errors. */
export async function tryToWrite(
  fs: RecordingFs,
  folder: string,
  sizeBytes: number,
): Promise<void> {
  const part = join(folder, `${MARKER_FILE}.trial${PART_SUFFIX}`);
  // An earlier trial may have been able to make it and not to remove it.
  await fs.unlink(part).catch(() => undefined);
  const { blocks, bsize } = await fs.statfs(folder);
  const trialBytes = Math.floor(Math.min(sizeBytes, MOST_BYTES, blocks * bsize * MOST_PART));
  const fd = await fs.open(part, CREATE_FLAGS, FILE_MODE);
  try {
    await writeAll(fs, fd, [Buffer.alloc(trialBytes)], 0);
  } finally {
    await fs.close(fd).catch(() => undefined);
    await fs.unlink(part).catch(() => undefined);
  }
}
