import { describe, expect, test } from 'vitest';
import { hasRoomAgain, requireRoom } from '../../../src/daemon/recording/disk-room.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';

/** A disk that says how much is free. */
function diskWith(freeBytes: number, freeFiles = 1000, files = 5000, totalBytes = 100_000) {
  const statfs = () =>
    Promise.resolve({
      blocks: totalBytes / 100,
      bavail: freeBytes / 100,
      bsize: 100,
      files,
      ffree: freeFiles,
    });
  return { ...systemRecordingFs, statfs };
}

describe('Room to record', () => {
  test('is required to the byte', async () => {
    await expect(requireRoom(diskWith(1000), '/x', 1000)).resolves.toBe(1000);
    await expect(requireRoom(diskWith(900), '/x', 1000)).rejects.toMatchObject({
      code: 'MEET_DISK_FULL',
      message:
        '900 bytes are free at /x, recording stops below 1000 (--limit disk-free-bytes); ' +
        'it goes on at 2000: free some room',
    });
  });

  test('is not asked for with a limit of 0', async () => {
    await expect(requireRoom(diskWith(0), '/x', 0)).resolves.toBe(0);
  });

  test.each([
    ['less than twice the limit', 1900, 1000, 0, false],
    ['twice the limit', 2000, 1000, 0, true],
    ['less than twice what failed', 1900, 0, 1000, false],
    ['twice what failed', 2000, 0, 1000, true],
  ])('again is there with %s: %d', async (_, free, leastBytes, failedBytes, isThere) => {
    expect(await hasRoomAgain(diskWith(free), '/x', leastBytes, failedBytes)).toBe(isThere);
  });

  test('again is there with a quarter of a disk that holds less than twice what failed', async () => {
    expect(await hasRoomAgain(diskWith(2400, 1000, 5000, 10_000), '/x', 0, 6000)).toBe(false);
    expect(await hasRoomAgain(diskWith(2500, 1000, 5000, 10_000), '/x', 0, 6000)).toBe(true);
  });

  test('again is there half-way to an empty disk where that holds less than twice the limit', async () => {
    const small = (free: number) => diskWith(free, 1000, 5000, 10_000);
    expect(await hasRoomAgain(small(7900), '/x', 6000, 0)).toBe(false);
    expect(await hasRoomAgain(small(8000), '/x', 6000, 0)).toBe(true);
    await expect(requireRoom(small(5900), '/x', 6000)).rejects.toThrow('it goes on at 8000');
    await expect(requireRoom(small(5900), '/x', 10_000)).rejects.toThrow(
      'that disk has 10000 in all: lower the limit',
    );
  });

  test('again is not there while files run out, where they are counted', async () => {
    expect(await hasRoomAgain(diskWith(10_000, 15), '/x', 1, 1)).toBe(false);
    expect(await hasRoomAgain(diskWith(10_000, 16), '/x', 1, 1)).toBe(true);
    expect(await hasRoomAgain(diskWith(10_000, 0, 0), '/x', 1, 1)).toBe(true);
    expect(await hasRoomAgain(diskWith(10_000, 2, 12), '/x', 1, 1)).toBe(false);
    expect(await hasRoomAgain(diskWith(10_000, 3, 12), '/x', 1, 1)).toBe(true);
  });
});
