import { expect, test } from 'vitest';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { SyncTurns } from '../../../src/daemon/recording/sync-turns.js';
import { ManualClock } from '../../setup/manual-clock.js';

/** A disk of which each sync takes `syncMs`. */
function slowDisk(clock: ManualClock, syncMs: number) {
  const synced: number[] = [];
  let running = 0;
  let most = 0;
  const fs = {
    ...systemRecordingFs,
    fdatasync: async (fd: number) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      clock.advance(syncMs);
      synced.push(fd);
      running -= 1;
    },
  };
  return { fs, synced, mostAtOnce: () => most };
}

test('Pictures are synced until the share of the second is spent, and again in the next', async () => {
  const clock = new ManualClock();
  const { fs } = slowDisk(clock, 10);
  const turns = new SyncTurns(clock, 40);
  const cheap: boolean[] = [];
  for (let picture = 0; picture < 6; picture += 1) cheap.push(await turns.syncIfCheap(fs, picture));
  expect(cheap).toEqual([true, true, true, true, false, false]);
  clock.advance(1000);
  expect(await turns.syncIfCheap(fs, 6)).toBe(true);
});

test('What must be synced is, whatever was spent, and counts', async () => {
  const clock = new ManualClock();
  const { fs, synced } = slowDisk(clock, 50);
  const turns = new SyncTurns(clock, 40);
  await turns.sync(fs, 1);
  await turns.sync(fs, 2);
  expect(await turns.syncIfCheap(fs, 3)).toBe(false);
  expect(synced).toEqual([1, 2]);
});

test('Syncs wait for one another, and one that fails holds up none', async () => {
  const clock = new ManualClock();
  const disk = slowDisk(clock, 1);
  const turns = new SyncTurns(clock);
  const failing = { ...disk.fs, fdatasync: () => Promise.reject(new Error('EIO')) };
  const outcomes = await Promise.allSettled([
    turns.sync(disk.fs, 1),
    turns.sync(failing, 2),
    turns.sync(disk.fs, 3),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(disk.mostAtOnce()).toBe(1);
});
