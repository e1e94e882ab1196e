/** Each file of which a sync failed is told once, with the code of what the disk said. */
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { FaultyDisk } from './faulty-disk.js';
import { soundFrame } from './frames.js';
import { segmentsIn } from './matroska-probe.js';
import { matroska } from './matroska-recording.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

async function opened(root: string): Promise<{ disk: FaultyDisk; run: TestRecording }> {
  const disk = new FaultyDisk();
  const open = matroska({ segment: { ms: 1000, bytes: 2 ** 31 } });
  const run = new TestRecording(root, { fs: disk.fs, open });
  run.offer(soundFrame(0));
  await run.settle(500);
  return { disk, run };
}

test('A file that the last frames open is told when its name may be lost, too', async () => {
  const root = await temporaryFolder();
  const { disk, run } = await opened(root);
  run.clock.advance(1000);
  disk.fail('fsync', 'EIO', /Z$/);
  run.offer(soundFrame(75));
  await run.recording.close();
  const names = (await segmentsIn(root)).map((path) => basename(path));
  expect(names).toEqual(['unal-kiosk-0001.suspect.mkv', 'unal-kiosk-0002.suspect.mkv']);
  expect(run.states).toEqual(['started', 'suspect', 'segment', 'suspect', 'ended']);
});

test.each([
  ['EIO', 'MEET_DISK_WRITE'],
  ['ENOSPC', 'MEET_DISK_FULL'],
  ['EDQUOT', 'MEET_DISK_FULL'],
] as const)('A sync that fails with %s is told as %s', async (errno, code) => {
  const { disk, run } = await opened(await temporaryFolder());
  disk.fail('fdatasync', errno);
  await run.recording.close();
  expect(await run.event('suspect')).toMatchObject({ code });
  expect((await run.event('suspect')).words).toContain(errno);
});
