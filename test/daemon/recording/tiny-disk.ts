/**
 * A disk of 1 MB in memory, for tests that fill it. Mounting one takes root: without, those tests
 * are skipped by name, but never with CI=true.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

async function mount(options = 'size=1m'): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'meet-tiny-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `${options},mode=0700`, 'meet-test', path]);
    return path;
  } catch (thrown) {
    await rmdir(path);
    throw thrown;
  }
}

async function unmount(path: string): Promise<void> {
  try {
    await run('umount', [path]);
  } catch (thrown) {
    // Something still holds it: the test fails, but leaves no mount behind.
    await run('umount', ['--lazy', path]);
    throw thrown;
  } finally {
    await rmdir(path);
  }
}

/** Whether tests on a tiny disk must be skipped here. */
export async function cannotMount(): Promise<boolean> {
  if (process.env['CI'] === 'true') return false;
  try {
    await unmount(await mount());
    return false;
  } catch {
    return true;
  }
}

/** Mounts an empty disk of 1 MB, or with other options of tmpfs(5), until the test ends. */
export async function tinyDisk(options?: string): Promise<string> {
  const path = await mount(options);
  onTestFinished(() => unmount(path));
  return path;
}
