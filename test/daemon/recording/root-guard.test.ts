import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import type { DiskMemory, KnownDisk } from '../../../src/daemon/recording/root-guard.js';
import { RootGuard } from '../../../src/daemon/recording/root-guard.js';
import { SyncTurns } from '../../../src/daemon/recording/sync-turns.js';
import { FaultyDisk, systemError } from './faulty-disk.js';
import { jpeg, pictureFrame } from './frames.js';
import { ManualClock } from '../../setup/manual-clock.js';
import { segmentsIn } from './matroska-probe.js';
import { matroska } from './matroska-recording.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';
import { cannotMount } from './tiny-disk.js';

const run = promisify(execFile);
const skip = await cannotMount();

class Memory implements DiskMemory {
  readonly known = new Map<string, KnownDisk>();

  recall(root: string): Promise<KnownDisk | undefined> {
    return Promise.resolve(this.known.get(root));
  }

  remember(root: string, disk: KnownDisk): Promise<void> {
    this.known.set(root, disk);
    return Promise.resolve();
  }
}

function guardOf(root: string, memory = new Memory(), fs: Partial<RecordingFs> = {}): RootGuard {
  const turns = new SyncTurns(new ManualClock());
  const all = { ...systemRecordingFs, ...fs };
  return new RootGuard({ fs: all, root, turns, newId: randomUUID, memory });
}

async function mount(path: string): Promise<void> {
  await run('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=0700', 'meet-test', path]);
  onTestFinished(async () => {
    await run('umount', ['--lazy', path]).catch(() => undefined);
  });
}

describe('The guard of a root', () => {
  test('makes it with a marker, and finds the same one again', async () => {
    const root = join(await temporaryFolder(), 'a', 'b');
    const guard = guardOf(root);
    await guard.ensure();
    const marker = await readFile(join(root, '.meet-recordings'), 'utf8');
    expect(JSON.parse(marker)).toMatchObject({ version: 1 });
    await guard.check();
    await guardOf(root).ensure();
    expect(await readFile(join(root, '.meet-recordings'), 'utf8')).toBe(marker);
  });

  test('syncs each folder above one that it made', async () => {
    const above = await temporaryFolder();
    const disk = new FaultyDisk();
    await guardOf(join(above, 'a', 'b'), new Memory(), disk.fs).ensure();
    expect(disk.folderSyncs).toEqual([above, join(above, 'a')]);
  });

  test('says why one above could not be synced, until it could', async () => {
    const above = await temporaryFolder();
    const disk = new FaultyDisk();
    const guard = guardOf(join(above, 'a', 'b'), new Memory(), disk.fs);
    disk.fail('fsync', 'EIO', /a$/);
    expect(await guard.ensure()).toMatchObject({ code: 'MEET_DISK_WRITE' });
    expect((await guard.ensure())?.message).toContain(join(above, 'a'));
    disk.mend();
    expect(await guard.ensure()).toBeUndefined();
    expect(await guard.ensure()).toBeUndefined();
    expect(disk.folderSyncs).toEqual([above, ...[1, 2, 3].map(() => join(above, 'a'))]);
  });

  test('whose name may be lost with the power makes what is recorded there suspect', async () => {
    const root = join(await temporaryFolder(), 'kept');
    const disk = new FaultyDisk();
    disk.fail('fsync', 'EIO', new RegExp(`${dirname(root)}$`));
    const recording = new TestRecording(root, { open: matroska(), fs: disk.fs });
    recording.offer(pictureFrame('screen', 0, await jpeg()));
    await recording.settle(500);
    await recording.recording.close();
    expect(recording.states).toEqual(['started', 'suspect', 'ended']);
    expect((await segmentsIn(root)).map((path) => basename(path))).toEqual([
      'unal-kiosk-0001.suspect.mkv',
    ]);
  });

  test('says that a disk is full which has no room for the root', async () => {
    const fs = { mkdir: () => Promise.reject(systemError('ENOSPC')) };
    const guard = guardOf(join(await temporaryFolder(), 'a', 'b'), new Memory(), fs);
    await expect(guard.ensure()).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  test('notices that it is gone, and makes it anew where it was no disk of its own', async () => {
    const root = join(await temporaryFolder(), 'kept');
    const guard = guardOf(root);
    await guard.ensure();
    await rm(root, { recursive: true });
    await expect(guard.check()).rejects.toMatchObject({ code: 'MEET_DISK_WRITE' });
    await guard.ensure();
    await guard.check();
  });
});

describe.skipIf(skip)('A disk that is not mounted (needs root, to mount one)', () => {
  test('is noticed by a daemon that starts without it, and nothing is made underneath', async () => {
    const disk = join(await temporaryFolder(), 'disk');
    const root = join(disk, 'recordings');
    await mkdir(disk);
    await mount(disk);
    const memory = new Memory();
    await guardOf(root, memory).ensure();
    expect(memory.known.get(root)?.mountPoint).toBe(disk);
    await run('umount', [disk]);
    const later = guardOf(root, memory);
    await expect(later.requireDisk()).rejects.toThrow(/was on a disk at .*, where none is mounted/);
    await expect(later.ensure()).rejects.toMatchObject({ code: 'MEET_DISK_WRITE' });
    expect(await readdir(disk)).toEqual([]);
    await mount(disk);
    await later.ensure();
    expect(await readdir(root)).toEqual(['.meet-recordings']);
  });

  test('is noticed where a daemon has recorded underneath before, until a person empties the marker', async () => {
    const root = join(await temporaryFolder(), 'disk');
    const memory = new Memory();
    await guardOf(root, memory).ensure();
    const marker = join(root, '.meet-recordings');
    const underneath = await readFile(marker, 'utf8');
    await mount(root);
    await guardOf(root, memory).ensure();
    await run('umount', [root]);
    expect(await readFile(marker, 'utf8')).toBe(underneath);
    const later = guardOf(root, memory);
    await expect(later.ensure()).rejects.toThrow(/where none is mounted now.*an empty file/);
    // What is no marker of ours was not made so by a person either.
    await writeFile(marker, '{"version":2,"id":"another"}');
    await expect(later.ensure()).rejects.toThrow(/where none is mounted now/);
    await writeFile(marker, '');
    await later.ensure();
    expect(JSON.parse(await readFile(marker, 'utf8'))).toMatchObject({ version: 1 });
    await guardOf(root, memory).requireDisk();
  });

  test('but was mounted over the root for a while, is not waited for', async () => {
    const root = join(await temporaryFolder(), 'disk');
    const memory = new Memory();
    const guard = guardOf(root, memory);
    await guard.ensure();
    await mount(root);
    await expect(guard.check()).rejects.toMatchObject({ code: 'MEET_DISK_WRITE' });
    await guard.ensure();
    await guard.check();
    await run('umount', [root]);
    await expect(guard.check()).rejects.toMatchObject({ code: 'MEET_DISK_WRITE' });
    await guard.ensure();
    await guard.check();
    await guardOf(root, memory).requireDisk();
  });

  test('that goes away while it is recorded to stops recording until it is back', async () => {
    const disk = join(await temporaryFolder(), 'disk');
    await mkdir(disk);
    await mount(disk);
    const recording = new TestRecording(disk, { open: matroska() });
    const picture = await jpeg();
    let sequence = 0;
    const second = async (): Promise<void> => {
      for (let at = 0; at < 4; at += 1, sequence += 1) {
        recording.offer(pictureFrame('screen', sequence, picture));
      }
      recording.clock.advance(1000);
      await recording.settle(0);
    };
    await second();
    await recording.event('started');
    await run('umount', ['--lazy', disk]);
    await second();
    await second();
    expect(await recording.event('stopped')).toMatchObject({ code: 'MEET_DISK_WRITE' });
    await second();
    expect(await readdir(disk)).toEqual([]);
    await mount(disk);
    recording.clock.advance(1000);
    await recording.event('resumed');
    await second();
    await recording.recording.close();
    expect(await segmentsIn(disk)).toHaveLength(1);
  });
});
