/**
 * The file system as recordings use it: the few calls, by file descriptor, and the flags with which
 * files are opened. Owns the interface, the real one, and writing until all is written; decides no
 * names and no order.
 */
import type { Dirent } from 'node:fs';
import {
  close,
  constants,
  fdatasync,
  fsync,
  ftruncate,
  lstat,
  mkdir,
  open,
  read,
  readdir,
  realpath,
  rename,
  rmdir,
  statfs,
  unlink,
  writev,
} from 'node:fs';
import { promisify } from 'node:util';
import { MeetError } from '../../transport/errors.js';

/** What is asked of a path without following a symlink. */
export interface PathStat {
  /** Together with `dev`: the same file. */
  readonly ino: number;
  readonly dev: number;
  readonly size: number;
  /** When it was last written to, in milliseconds since the Unix epoch. */
  readonly mtimeMs: number;
  isDirectory(): boolean;
  isFile(): boolean;
}

/** Of statfs(2): sizes in blocks of `bsize` bytes. */
export interface DiskFigures {
  readonly blocks: number;
  readonly bavail: number;
  readonly bsize: number;
  readonly files: number;
  readonly ffree: number;
}

/** All reject with Node's system errors (`code: 'ENOSPC'`). Descriptors are plain numbers. */
export interface RecordingFs {
  open(path: string, flags: number, mode: number): Promise<number>;
  close(fd: number): Promise<void>;
  /** Bytes read; 0 at the end. */
  read(fd: number, target: Buffer, position: number): Promise<number>;
  /** Bytes written; may be fewer than given. */
  writev(fd: number, buffers: readonly Buffer[], position: number): Promise<number>;
  ftruncate(fd: number, sizeBytes: number): Promise<void>;
  fdatasync(fd: number): Promise<void>;
  fsync(fd: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  mkdir(path: string, mode: number): Promise<void>;
  lstat(path: string): Promise<PathStat>;
  readdir(path: string): Promise<Dirent[]>;
  realpath(path: string): Promise<string>;
  statfs(path: string): Promise<DiskFigures>;
}

/** A new file and nothing else: never an existing one, never through a symlink. */
export const CREATE_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** An existing file, read or mended. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW;
export const MEND_FLAGS = constants.O_RDWR | constants.O_NOFOLLOW;
/** A folder, to sync it. */
export const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY;
export const FILE_MODE = 0o600;
export const FOLDER_MODE = 0o700;
/** Ends the name of a file that is being written; whatever has it after a crash is rubbish. */
export const PART_SUFFIX = '.part';

const openFile = promisify(open);
const makeFolder = promisify(mkdir);
const readInto = promisify(read);
const writeFrom = promisify(writev);
const listFolder = promisify(readdir);
const realPathOf = promisify(realpath);

/** The machine's own. Calls run on libuv's thread pool; none blocks the event loop. */
export const systemRecordingFs: RecordingFs = {
  open: openFile,
  close: promisify(close),
  read: async (fd, target, position) =>
    (await readInto(fd, target, 0, target.length, position)).bytesRead,
  writev: async (fd, buffers, position) => (await writeFrom(fd, buffers, position)).bytesWritten,
  ftruncate: promisify(ftruncate),
  fdatasync: promisify(fdatasync),
  fsync: promisify(fsync),
  rename: promisify(rename),
  unlink: promisify(unlink),
  rmdir: promisify(rmdir),
  mkdir: async (path, mode) => {
    await makeFolder(path, { mode });
  },
  lstat: promisify(lstat),
  readdir: (path) => listFolder(path, { withFileTypes: true }),
  realpath: (path) => realPathOf(path),
  statfs: promisify(statfs),
};

/** Writes all bytes of `buffers` from `position` on. Rejects as `writev` does. */
export async function writeAll(
  fs: RecordingFs,
  fd: number,
  buffers: readonly Buffer[],
  position: number,
): Promise<void> {
  let rest = buffers.filter((buffer) => buffer.length > 0);
  let at = position;
  while (rest.length > 0) {
    const count = await fs.writev(fd, rest, at);
    if (count <= 0) {
      throw new MeetError(
        'MEET_DISK_WRITE',
        `the disk took ${count} bytes of a write, expected at least 1; look at dmesg for its faults`,
      );
    }
    rest = after(rest, count);
    at += count;
  }
}

/** What is left of `buffers` after their first `count` bytes. */
function after(buffers: readonly Buffer[], count: number): Buffer[] {
  let skip = count;
  for (const [at, buffer] of buffers.entries()) {
    if (skip < buffer.length) return [buffer.subarray(skip), ...buffers.slice(at + 1)];
    skip -= buffer.length;
  }
  return [];
}
