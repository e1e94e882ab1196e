/**
 * Where file systems are mounted, as far as device numbers tell. Owns both questions; mounts nothing.
 */
import { dirname } from 'node:path';
import { systemErrorCode } from '../../transport/errors.js';
import type { PathStat, RecordingFs } from './recording-fs.js';

/** The folder at which the file system of `path` is mounted: `/` in the end. Rejects with system errors. */
export async function mountPointOf(fs: RecordingFs, path: string): Promise<string> {
  let at = await fs.realpath(path);
  const { dev } = await fs.lstat(at);
  for (let above = dirname(at); above !== at; above = dirname(at)) {
    if ((await fs.lstat(above)).dev !== dev) return at;
    at = above;
  }
  return at;
}

/** Whether a file system is mounted there still, or again. Rejects with system errors. */
export async function isMounted(fs: RecordingFs, mountPoint: string): Promise<boolean> {
  const above = dirname(mountPoint);
  if (above === mountPoint) return true;
  const here = await statOf(fs, mountPoint);
  return here !== undefined && here.dev !== (await fs.lstat(above)).dev;
}

/** Undefined when nothing is there. Rejects with other system errors. */
export async function statOf(fs: RecordingFs, path: string): Promise<PathStat | undefined> {
  try {
    return await fs.lstat(path);
  } catch (thrown) {
    const errno = systemErrorCode(thrown);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw thrown;
  }
}
