/**
 * What the operating system says about a disk, in coded errors with the words that mend it. Owns
 * that table; touches no disk.
 */
import { MeetError, systemErrorCode } from '../../transport/errors.js';
import type { ErrorCode } from '../../transport/errors.js';

/** Codes of a disk that has no room: for a file's bytes, its inode, or within a user's quota. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** How to mend what each errno tells (errno(3)). */
const MENDING: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some room, for example by removing old recordings',
  EDQUOT: "the user's disk quota is used up; free some room or raise it (quota -s shows it)",
  EROFS: 'the file system is read-only; look at dmesg for why, then mount -o remount,rw',
  EACCES:
    'this user may not write there; give it the folder with chown, or choose another --record',
  EPERM:
    'this user may not change what is there; look at lsattr and ls -l, or choose another --record',
  ENOENT: 'the folder is gone; recording goes on in a new one',
  ENOTDIR: 'something on the way is no folder; move it away, or choose another --record',
  ELOOP: 'a symlink stands where a file belongs; remove it',
  EEXIST: 'something stands where a new file belongs; remove it',
  EMFILE: 'this process has too many open files; raise ulimit -n (LimitNOFILE= in the unit)',
  ENFILE: 'the machine has too many open files; raise sysctl fs.file-max',
  EIO: 'the disk has a fault; look at dmesg and smartctl -a, and copy away what it holds',
};

/** MEET_DISK_FULL or MEET_DISK_WRITE for whatever was thrown; a MeetError stays as it is. */
export function diskFault(thrown: unknown, path: string): MeetError {
  if (thrown instanceof MeetError) return thrown;
  const errno = systemErrorCode(thrown);
  const isFull = errno !== undefined && FULL.has(errno);
  return fault(thrown, `cannot record to ${path}`, isFull ? 'MEET_DISK_FULL' : 'MEET_DISK_WRITE');
}

/** MEET_DISK_WRITE: a segment that is to go by the rules of retention could not be deleted. */
export function cannotDelete(thrown: unknown, path: string): MeetError {
  return fault(thrown, `cannot delete ${path}, which is to go`, 'MEET_DISK_WRITE');
}

/** MEET_DISK_WRITE: nothing can be deleted, since the recordings cannot be listed. */
export function cannotLook(thrown: unknown, root: string): MeetError {
  return fault(thrown, `cannot look for what is to go in ${root}`, 'MEET_DISK_WRITE');
}

function fault(thrown: unknown, what: string, code: ErrorCode): MeetError {
  const errno = systemErrorCode(thrown);
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const mending = errno === undefined ? undefined : MENDING[errno];
  return new MeetError(code, `${what}: ${said}${mending === undefined ? '' : `; ${mending}`}`, {
    cause: thrown,
  });
}
