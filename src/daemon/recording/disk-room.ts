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

interface DiskRoom {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Undefined where the file system does not count them (btrfs). */
  readonly freeFiles: number | undefined;
}

/** Returns the bytes that are free at `path`. Throws MEET_DISK_FULL when they are fewer than `leastBytes`. */
export async function requireRoom(
  fs: RecordingFs,
  path: string,
  leastBytes: number,
): Promise<number> {
  const { freeBytes } = await diskRoom(fs, path);
  if (freeBytes >= leastBytes) return freeBytes;
  throw new MeetError(
    'MEET_DISK_FULL',
    `${freeBytes} bytes are free at ${path}, recording stops below ${leastBytes} ` +
      `(--limit disk-free-bytes); it goes on at ${HYSTERESIS * leastBytes}: free some room`,
  );
}

/**
 * True when there is room again: twice `leastBytes`, and twice what could not be written, so that
 * it does not stop again at once; of the latter a quarter of the disk at most.
 */
export async function hasRoomAgain(
  fs: RecordingFs,
  path: string,
  leastBytes: number,
  failedBytes: number,
): Promise<boolean> {
  const { totalBytes, freeBytes, freeFiles } = await diskRoom(fs, path);
  if (freeFiles !== undefined && freeFiles < LEAST_FREE_FILES) return false;
  const forFailed = Math.min(HYSTERESIS * failedBytes, totalBytes * MOST_PART);
  return freeBytes >= Math.max(HYSTERESIS * leastBytes, forFailed);
}

async function diskRoom(fs: RecordingFs, path: string): Promise<DiskRoom> {
  const { blocks, bavail, bsize, files, ffree } = await fs.statfs(path);
  const freeFiles = files === 0 ? undefined : ffree;
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, freeFiles };
}
