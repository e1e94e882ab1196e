/**
 * The folder of what outlives a program: keys, pins, lists. Owns where it is, and that what is in it is
 * this user's alone; knows not what the files say.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';

import type { TextFile } from '../daemon/admission/text-file.js';
import { MeetError, systemErrorCode } from '../transport/errors.js';
import { makePrivateFolder } from '../transport/private-folder.js';
import { beginTurn } from './file-turn.js';
import type { Io } from './io.js';
import { readPrivateFile } from './private-file.js';

/** Keys and lists are a few kilobytes; a larger file is something else. */
const MOST_BYTES = 4 * 1024 * 1024;

const UNIQUE_BYTES = 8;
/** Longer than writing a few kilobytes takes anywhere. */
const LEFT_MS = 60_000;

/**
 * systemd's STATE_DIRECTORY (systemd.exec(5)), else XDG_STATE_HOME/meet, else ~/.local/state/meet (XDG
 * Base Directory Specification 0.8). `ownHome` gives the home of a user without HOME, or throws. Throws
 * MEET_IDENTITY where there is none.
 */
export function stateFolder(
  io: Pick<Io, 'env'>,
  ownHome: () => string = () => userInfo().homedir,
): string {
  const [service] = (io.env['STATE_DIRECTORY'] ?? '').split(':');
  if (service !== undefined && service !== '') return service;
  const state = io.env['XDG_STATE_HOME'];
  if (state !== undefined && state !== '') return join(state, 'meet');
  return join(homeOf(io.env['HOME'], ownHome), '.local', 'state', 'meet');
}

/**
 * An empty HOME is none (homedir() would take it): a key in the current folder is found by nobody. In a
 * container the user may have no entry in passwd(5), and then no home.
 */
function homeOf(home: string | undefined, ownHome: () => string): string {
  if (home !== undefined && home !== '') return home;
  try {
    return ownHome();
  } catch (cause) {
    throw new MeetError(
      'MEET_IDENTITY',
      'this user has no home folder for its keys; give one: HOME, STATE_DIRECTORY or XDG_STATE_HOME',
      { cause },
    );
  }
}

/**
 * Its text; undefined where there is none. Throws MEET_IDENTITY, also for one that others may read.
 * `mend`: what to do about one that can't be read, where it is not a file of ours.
 */
export function readSecret(path: string, mend?: string): string | undefined {
  return read(path, true, mend);
}

/**
 * Makes a file of 0600 that was not there, whole or not at all. False: another program has just made
 * it. `mend`: as `readSecret`. Throws MEET_IDENTITY.
 */
export function createSecret(path: string, text: string, mend?: string): boolean {
  const beside = placeBeside(path);
  try {
    makePrivateFolder(dirname(path));
    writeWhole(beside, text);
    linkSync(beside, path);
    return true;
  } catch (cause) {
    if (systemErrorCode(cause) === 'EEXIST') return false;
    throw unusable(path, 'written', cause, mend);
  } finally {
    rmSync(beside, { force: true });
  }
}

/** A list of 0600 that is replaced as a whole. One that others may write to is not read. */
export function stateFile(path: string): TextFile {
  return {
    name: path,
    stamp: () => stampOf(path),
    read: () => read(path, false),
    write: (text) => {
      const beside = placeBeside(path);
      try {
        makePrivateFolder(dirname(path));
        writeWhole(beside, text);
        renameSync(beside, path);
        removeLeft(path);
      } catch (cause) {
        rmSync(beside, { force: true });
        throw unusable(path, 'written', cause);
      }
    },
    alone: (work) => alone(path, work),
  };
}

function alone<T>(path: string, work: () => T): T {
  const end = begun(path);
  try {
    return work();
  } finally {
    end();
  }
}

function begun(path: string): () => void {
  try {
    makePrivateFolder(dirname(path));
    return beginTurn(path);
  } catch (cause) {
    throw unusable(path, 'written', cause);
  }
}

/** A file that is replaced is another inode, one that is written to has another time. */
function stampOf(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (thrown) {
    return systemErrorCode(thrown) ?? 'unknown';
  }
}

/** Nobody else's: two containers with one state folder may well have programs of one process id. */
function placeBeside(path: string): string {
  return `${path}.${randomBytes(UNIQUE_BYTES).toString('hex')}.new`;
}

function writeWhole(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Of programs that were killed while they wrote this file; one that is at it just now is left alone. */
function removeLeft(path: string): void {
  const [folder, name] = [dirname(path), basename(path)];
  const nowMs = statSync(path).mtimeMs;
  for (const each of readdirSync(folder)) {
    if (!each.startsWith(`${name}.`) || !each.endsWith('.new')) continue;
    const left = join(folder, each);
    const writtenMs = statSync(left, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
    if (nowMs - writtenMs > LEFT_MS) rmSync(left, { force: true });
  }
}

function read(path: string, isSecret: boolean, mend?: string): string | undefined {
  try {
    requireSafeFolder(dirname(path));
    const file = readPrivateFile(path, MOST_BYTES);
    const loose = isSecret ? file.readable : file.changeable;
    if (loose === undefined) return file.text;
    throw new MeetError('MEET_IDENTITY', `${path} is not used: ${loose}`);
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined;
    throw cause instanceof MeetError ? cause : unusable(path, 'read', cause, mend);
  }
}

/**
 * Whoever may write to a folder may take away a list that is in it, or put an old one in its place; with
 * the sticky bit, as in /tmp, not what is another's (inode(7)).
 */
function requireSafeFolder(folder: string): void {
  const { mode = 0 } = statSync(folder, { throwIfNoEntry: false }) ?? {};
  if ((mode & 0o002) === 0 || (mode & 0o1000) !== 0) return;
  const words = `others may write to it (mode ${(mode & 0o777).toString(8)}): chmod 700 ${folder}`;
  throw new MeetError('MEET_IDENTITY', `${folder} is not used: ${words}`);
}

/** A system's error is one of the folder or its rights; else the file itself is not what it should be. */
function unusable(path: string, how: string, cause: unknown, mend?: string): MeetError {
  const code = systemErrorCode(cause);
  const why = code ?? (cause instanceof Error ? cause.message : String(cause));
  const place = 'give a folder that can: STATE_DIRECTORY or XDG_STATE_HOME';
  const usual = code === undefined ? 'move it away' : place;
  return new MeetError('MEET_IDENTITY', `${path} cannot be ${how} (${why}); ${mend ?? usual}`, {
    cause,
  });
}
