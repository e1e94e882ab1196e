/**
 * The folder of this user's control sockets. Owns their names, that nobody else may write there, and
 * that what killed programs left is cleared away; listens on none.
 */
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { MeetError, systemErrorCode } from './errors.js';
import { makePrivateFolder } from './private-folder.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Folder of this user's control sockets. */
export function controlFolder(env: Env): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && runtime !== '') return join(runtime, 'meet');
  return join(tmpdir(), `meet-${ownUid()}`);
}

/** `name` is `daemon-PORT` or `share-PID`. */
export function controlPath(name: string, env: Env, platform: NodeJS.Platform): string {
  if (platform === 'win32') return `\\\\.\\pipe\\meet-${userInfo().username}-${name}`;
  return join(controlFolder(env), `${name}.sock`);
}

/**
 * Names of the sockets that lie in the folder, those of ended programs among them. None where others
 * may write to the folder: what answers there need not be a program of this user.
 */
export function controlNames(env: Env, platform: NodeJS.Platform): string[] {
  try {
    if (platform !== 'win32' && !isOwnFolder(controlFolder(env))) return [];
    const folder = platform === 'win32' ? '\\\\.\\pipe\\' : controlFolder(env);
    const prefix = platform === 'win32' ? `meet-${userInfo().username}-` : '';
    return readdirSync(folder)
      .filter((file) => file.startsWith(prefix))
      .map((file) => file.slice(prefix.length).replace(/\.sock$/, ''))
      .filter((name) => /^(?:daemon|share)-\d+$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

/** A socket that is younger may be of a daemon that does not listen yet. */
const SURELY_LISTENS_MS = 60_000;

/**
 * Makes the folder, refuses one that others could write to, and removes the sockets of programs that
 * were killed, that at `path` first. `nowMs`: since the Unix epoch. Rejects with MEET_BIND.
 */
export async function prepareControlFolder(
  folder: string,
  path: string,
  nowMs: number,
): Promise<void> {
  try {
    makePrivateFolder(folder);
  } catch (cause) {
    const why = systemErrorCode(cause) ?? String(cause);
    throw new MeetError('MEET_BIND', `cannot make the folder ${folder} (${why})`, { cause });
  }
  if (!isOwnFolder(folder)) {
    throw new MeetError(
      'MEET_BIND',
      `${folder} must be a folder of this user's alone; remove it, or: chmod 700 ${folder}`,
    );
  }
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !there.isSocket()) {
    throw new MeetError('MEET_BIND', `${path} is no socket of ours; move it away`);
  }
  if (there !== undefined) await removeIfDead(path);
  await removeLeft(folder, nowMs - SURELY_LISTENS_MS);
}

/** Sockets of killed programs whose port or process id may never come again. */
async function removeLeft(folder: string, beforeMs: number): Promise<void> {
  for (const file of readdirSync(folder)) {
    const [, program, number] = /^(daemon|share)-(\d+)\.sock$/.exec(file) ?? [];
    if (program === undefined) continue;
    // A program in another container may have the number: it answers.
    if (program === 'share' && isRunning(Number(number))) continue;
    const path = join(folder, file);
    if (program === 'daemon' && !isOlder(path, beforeMs)) continue;
    await removeIfDead(path);
  }
}

function isOlder(path: string, thanMs: number): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ctimeMs < thanMs;
}

/** Another program may have taken the name since it was asked: that one's socket stays. */
async function removeIfDead(path: string): Promise<void> {
  const asked = lstatSync(path, { throwIfNoEntry: false });
  if (asked?.isSocket() !== true || !(await isDead(path))) return;
  const now = lstatSync(path, { throwIfNoEntry: false });
  if (now?.ino === asked.ino && now.ctimeMs === asked.ctimeMs) rmSync(path, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return systemErrorCode(thrown) !== 'ESRCH';
  }
}

/** userInfo() fails for a user without an entry in passwd(5), as in a container; -1 as it says on Windows. */
function ownUid(): number {
  return process.getuid?.() ?? -1;
}

/** A real folder, no link to one; this user's, and nobody else may even look into it. */
function isOwnFolder(folder: string): boolean {
  const stats = lstatSync(folder);
  return stats.isDirectory() && stats.uid === ownUid() && (stats.mode & 0o077) === 0;
}

/** Whether nobody listens there. One who has no time to answer does. */
function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = connect({ path });
    attempt.once('connect', () => {
      attempt.destroy();
      resolve(false);
    });
    attempt.once('error', (thrown) => {
      resolve(systemErrorCode(thrown) === 'ECONNREFUSED');
    });
  });
}
