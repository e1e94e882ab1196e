/**
 * A file that a user asked for: written beside its name, and given that name when it is whole. Owns
 * never writing over what is there unless that was asked for, and leaving nothing behind that failed.
 */
import { link, lstat, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MeetError, systemErrorCode } from '../../../transport/errors.js';
import { FILE_MODE } from '../recording-fs.js';
import { AT_REST_MS, isRunning, parseUnfinishedName, unfinishedName } from '../unfinished.js';
import { syncContents, syncNames } from './output-sync.js';

/** File systems without hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK']);
export const ATTEMPTS = 100;
const CHOOSE = 'choose another name, or write over it with --force';

const MENDING: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there; make it first',
  ENOTDIR: 'something on the way is no folder',
  EACCES: 'this user may not write there',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder',
  EDQUOT: "the user's disk quota is used up",
  ENOSPC: 'the disk is full; free some room, or write elsewhere',
};

export class OutputFile {
  readonly path: string;
  /** Where to write until it is whole. */
  readonly partPath: string;
  readonly #force: boolean;
  readonly #mending: string;
  #isSettled = false;

  private constructor(path: string, partPath: string, force: boolean, mending: string) {
    this.path = path;
    this.partPath = partPath;
    this.#force = force;
    this.#mending = mending;
  }

  /**
   * Makes an empty file beside `path`. Rejects with MEET_FILE_EXISTS when something is there and `force`
   * is not given (`mending`: what to do then), with MEET_DISK_WRITE when nothing can be written there.
   */
  static async begin(path: string, force: boolean, mending = CHOOSE): Promise<OutputFile> {
    const target = resolve(path);
    await refuseExisting(target, force, mending);
    await removeAbandoned(target);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const part = join(dirname(target), unfinishedName(basename(target), attempt));
      try {
        await (await open(part, 'wx', FILE_MODE)).close();
        return new OutputFile(target, part, force, mending);
      } catch (thrown) {
        if (systemErrorCode(thrown) !== 'EEXIST') throw writeFault(target, thrown);
      }
    }
    throw new MeetError('MEET_DISK_WRITE', `${target}: too many unfinished files stand beside it`);
  }

  /**
   * Syncs what is in it, gives it its name, and syncs its folder: a power loss leaves all of it under
   * that name, or nothing. Rejects with MEET_FILE_EXISTS when one has come there meanwhile, with
   * MEET_DISK_WRITE when a sync failed; where that was its folder's, it has its name all the same.
   */
  async commit(): Promise<void> {
    try {
      await syncContents(this.partPath);
      if (this.#force) await rename(this.partPath, this.path);
      else await this.#take();
      this.#isSettled = true;
      await syncNames(dirname(this.path));
    } catch (thrown) {
      if (systemErrorCode(thrown) === 'EEXIST') throw exists(this.path, this.#mending);
      throw writeFault(this.path, thrown);
    }
  }

  /** Removes what was written, unless it has its name already. Idempotent; never rejects. */
  async discard(): Promise<void> {
    if (this.#isSettled) return;
    this.#isSettled = true;
    await unlink(this.partPath).catch(() => undefined);
  }

  async #take(): Promise<void> {
    try {
      await link(this.partPath, this.path);
      await unlink(this.partPath);
    } catch (thrown) {
      if (!NO_LINKS.has(systemErrorCode(thrown) ?? '')) throw thrown;
      // Takes the name for itself first; what is renamed over is its own empty file.
      await (await open(this.path, 'wx', FILE_MODE)).close();
      await rename(this.partPath, this.path);
    }
  }
}

/**
 * Runs `work` on a file that gets its name when the work is done. What the system says meanwhile is
 * told of that file: whoever reads as well names what it reads.
 */
export async function withOutput(
  path: string,
  force: boolean,
  work: (partPath: string) => Promise<void>,
): Promise<void> {
  const output = await OutputFile.begin(path, force);
  try {
    await work(output.partPath);
    await output.commit();
  } catch (thrown) {
    throw writeFault(output.path, thrown);
  } finally {
    await output.discard();
  }
}

async function refuseExisting(path: string, force: boolean, mending: string): Promise<void> {
  try {
    const found = await lstat(path);
    if (!force) throw exists(path, mending);
    if (found.isDirectory()) {
      throw new MeetError('MEET_DISK_WRITE', `${path} is a folder, expected the name of a file`);
    }
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return;
    throw writeFault(path, thrown);
  }
}

/** What programs that were killed left in `folder` of earlier attempts at `target`. Never rejects. */
export async function removeAbandoned(target: string, folder = dirname(target)): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const unfinished = parseUnfinishedName(name);
    if (unfinished?.target !== basename(target) || isRunning(unfinished.pid)) continue;
    const path = join(folder, name);
    if (await isAtRest(path))
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isAtRest(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  const isPart = found?.isFile() === true || found?.isDirectory() === true;
  return isPart && Date.now() - found.mtimeMs > AT_REST_MS;
}

function exists(path: string, mending: string): MeetError {
  return new MeetError('MEET_FILE_EXISTS', `${path} is there already; ${mending}`);
}

/** MEET_DISK_FULL or MEET_DISK_WRITE for what the system says; a MeetError stays as it is. */
export function writeFault(path: string, thrown: unknown): unknown {
  const code = thrown instanceof MeetError ? undefined : systemErrorCode(thrown);
  // Errors of Node's own are named ERR_…, and are no disk's.
  if (code === undefined || !/^E(?!RR_)[A-Z0-9]+$/.test(code)) return thrown;
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const mending = MENDING[code];
  return new MeetError(
    code === 'ENOSPC' || code === 'EDQUOT' ? 'MEET_DISK_FULL' : 'MEET_DISK_WRITE',
    `${path} cannot be written: ${said}${mending === undefined ? '' : `; ${mending}`}`,
    { cause: thrown },
  );
}
