/**
 * A folder that a user asked for: filled where nobody looks, and given its name when it is whole. Owns
 * writing over nothing unless that was asked for, and leaving nothing behind that failed.
 *
 *   not there yet     .NAME.PID-1.part/ beside it, which is renamed
 *   there             .NAME.PID-1.part/ in it, whose files move up: it may be a disk of its own
 */
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MeetError, systemErrorCode } from '../../../transport/errors.js';
import { FOLDER_MODE } from '../recording-fs.js';
import { unfinishedName } from '../unfinished.js';
import { ATTEMPTS, removeAbandoned, writeFault } from './output-file.js';
import { syncFilled, syncNames } from './output-sync.js';

/**
 * Runs `work` on an empty folder, in which it makes files and no folders; they are in the one at `path`
 * when the work is done and the disk has all of it. Rejects with MEET_FILE_EXISTS when something is there
 * and `force` is not given, with MEET_DISK_FULL or MEET_DISK_WRITE. With `force`, files of the same name
 * are written over, others stay.
 */
export async function withOutputFolder<T>(
  path: string,
  force: boolean,
  work: (partPath: string) => Promise<T>,
): Promise<T> {
  const target = resolve(path);
  try {
    const isThere = await isFolder(target);
    const parent = isThere ? target : dirname(target);
    await removeAbandoned(target, parent);
    if (isThere && !force) await refuseFilled(target);
    const part = await makePart(target, parent);
    try {
      const result = await work(part);
      // A power loss leaves no name without its contents.
      await syncFilled(part);
      if (isThere) await moveUp(part, target, force);
      else await take(part, target);
      await syncNames(isThere ? target : parent);
      return result;
    } finally {
      await rm(part, { recursive: true, force: true }).catch(() => undefined);
    }
  } catch (thrown) {
    throw writeFault(target, thrown);
  }
}

/** Throws when something else has that name. */
async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'ENOENT') throw thrown;
    if ((await lstat(path).catch(() => undefined)) === undefined) return false;
  }
  throw new MeetError('MEET_FILE_EXISTS', `${path} is there already, and no folder; ${CHOOSE}`);
}

const CHOOSE = 'choose another folder';

async function refuseFilled(folder: string): Promise<void> {
  if ((await readdir(folder)).length === 0) return;
  throw filled(folder);
}

function filled(folder: string): MeetError {
  return new MeetError(
    'MEET_FILE_EXISTS',
    `${folder} is not empty; ${CHOOSE}, or write into it with --force`,
  );
}

function cameMeanwhile(path: string): MeetError {
  return new MeetError(
    'MEET_FILE_EXISTS',
    `${path} was not there before, and something is now; ${CHOOSE}, or try again`,
  );
}

async function makePart(target: string, parent: string): Promise<string> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const part = join(parent, unfinishedName(basename(target), attempt));
    try {
      await mkdir(part, { mode: FOLDER_MODE });
      return part;
    } catch (thrown) {
      if (systemErrorCode(thrown) !== 'EEXIST') throw thrown;
    }
  }
  throw new MeetError('MEET_DISK_WRITE', `${target}: too many unfinished folders stand there`);
}

/** One that has come meanwhile keeps the name, unless it is an empty folder. */
async function take(part: string, target: string): Promise<void> {
  try {
    await rename(part, target);
  } catch (thrown) {
    const code = systemErrorCode(thrown);
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR')
      throw cameMeanwhile(target);
    throw thrown;
  }
}

/** What a symlink points to is not written over: the symlink is. */
async function moveUp(part: string, target: string, force: boolean): Promise<void> {
  if (!force && (await readdir(target)).length > 1) throw filled(target);
  const names = await readdir(part);
  for (const name of names.sort()) await rename(join(part, name), join(target, name));
}
