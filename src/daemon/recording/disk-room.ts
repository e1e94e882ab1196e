/**
 * Whether a disk has room to record. Owns reading the free room and the two thresholds: the one
 * below which recording stops and the higher one above which it goes on.
 */
import { MeetError } from '../../transport/errors.js';
import type { RecordingFs } from './recording-fs.js';

/** Recording goes on when there is this many times the room that it stopped for. */
const HYSTERESIS = 2;
/** Of what could not be written no more than this part of the disk is asked for: it may be small. */
const MOST_PART = 1 / 4;
/** A picture, a WAV, an index and what others make meanwhile. */
const LEAST_FREE_FILES = 16;
/** Of all that the file system can hold, where that is few. */
const LEAST_FREE_FILES_PART = 1 / 4;

interface DiskRoom {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Undefined where the file system does not count them (btrfs). */
  readonly freeFiles: number | undefined;
  readonly totalFiles: number;
}

/** Returns the bytes that are free at `path`. Throws MEET_DISK_FULL when they are fewer than `leastBytes`. */
export async function requireRoom(
  fs: RecordingFs,
  path: string,
  leastBytes: number,
): Promise<number> {
  const { totalBytes, freeBytes } = await diskRoom(fs, path);
  if (freeBytes >= leastBytes) return freeBytes;
  const mending =
    totalBytes <= leastBytes
      ? `that disk has ${totalBytes} in all: lower the limit, or record elsewhere`
      : `it goes on at ${againBytes(totalBytes, leastBytes)}: free some room`;
  throw new MeetError(
    'MEET_DISK_FULL',
    `${freeBytes} bytes are free at ${path}, recording stops below ${leastBytes} ` +
      `(--limit disk-free-bytes); ${mending}`,
  );
}

/** Twice the room that it stops below; where the disk is too small for that, half-way to an empty one. */
function againBytes(totalBytes: number, leastBytes: number): number {
  return Math.min(HYSTERESIS * leastBytes, Math.round((leastBytes + totalBytes) / 2));
}

/**
 * True when there is room again: twice `leastBytes`, and twice what could not be written, so that it does
 * not stop again at once; on a small disk half-way to an empty one, and a quarter of it.
 */
export async function hasRoomAgain(
  fs: RecordingFs,
  path: string,
  leastBytes: number,
  failedBytes: number,
): Promise<boolean> {
  const { totalBytes, freeBytes, freeFiles, totalFiles } = await diskRoom(fs, path);
  const leastFiles = Math.min(LEAST_FREE_FILES, totalFiles * LEAST_FREE_FILES_PART);
  if (freeFiles !== undefined && freeFiles < leastFiles) return false;
  const forFailed = Math.min(HYSTERESIS * failedBytes, totalBytes * MOST_PART);
  return freeBytes >= Math.max(againBytes(totalBytes, leastBytes), forFailed);
}

async function diskRoom(fs: RecordingFs, path: string): Promise<DiskRoom> {
  const { blocks, bavail, bsize, files, ffree } = await fs.statfs(path);
  const freeFiles = files === 0 ? undefined : ffree;
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, freeFiles, totalFiles: files };
}
