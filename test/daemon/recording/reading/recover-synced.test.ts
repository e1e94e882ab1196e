import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemRecordingFs as fs } from '../../../../src/daemon/recording/recording-fs.js';
import { recoverFile } from '../../../../src/daemon/recording/reading/recover-file.js';
import { systemError } from '../faulty-disk.js';
import { temporaryFolder } from '../temporary-folder.js';
import { halfSeconds, makeSegment, place } from './made-segment.js';

const { bytes: OPEN } = makeSegment({ appends: halfSeconds(10), isClosed: false });

test('A recovered file has its name when the disk has all of it', async () => {
  const folder = await temporaryFolder();
  const path = await place(join(folder, 'a.open.mkv'), OPEN);
  const synced: string[][] = [];
  const disk = {
    ...fs,
    fdatasync: async (fd: number) => {
      synced.push(await readdir(folder));
      await fs.fdatasync(fd);
    },
  };
  await recoverFile(disk, path, join(folder, 'a.recovered.mkv'));
  expect(synced).toHaveLength(1);
  expect(synced[0]).not.toContain('a.recovered.mkv');
  expect(await readdir(folder)).toEqual(['a.open.mkv', 'a.recovered.mkv']);
});

test('Where that fails there is none, and it is told of the file that was to be', async () => {
  const folder = await temporaryFolder();
  const path = await place(join(folder, 'a.open.mkv'), OPEN);
  const disk = { ...fs, fdatasync: () => Promise.reject(systemError('EIO')) };
  const recovered = recoverFile(disk, path, join(folder, 'a.recovered.mkv'));
  await expect(recovered).rejects.toThrow(/a\.recovered\.mkv cannot be written: EIO/);
  await expect(recovered).rejects.toMatchObject({ code: 'MEET_DISK_WRITE' });
  expect(await readdir(folder)).toEqual(['a.open.mkv']);
});
