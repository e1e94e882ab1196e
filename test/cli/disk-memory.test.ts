/** What is remembered of disks over restarts. */
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diskMemory } from '../../src/cli/disk-memory.js';
import { temporaryFolder } from '../daemon/recording/temporary-folder.js';

it('The memory of disks leaves nothing beside it, of one that was killed neither', async () => {
  const folder = await temporaryFolder();
  // No process of Linux has so high a number.
  const left = join(folder, '.recording-disks.json.4194999-1.part');
  await writeFile(left, 'half');
  await utimes(left, 1, 1);
  const memory = diskMemory({ env: { STATE_DIRECTORY: folder } });
  await memory.remember('/srv/a', { mountPoint: '/srv', markerId: 'a' });
  await memory.remember('/srv/b', { mountPoint: '/srv', markerId: 'b' });
  expect(await memory.recall('/srv/a')).toEqual({ mountPoint: '/srv', markerId: 'a' });
  expect(await readdir(folder)).toEqual(['recording-disks.json']);
});
