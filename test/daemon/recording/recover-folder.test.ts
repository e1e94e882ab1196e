import { appendFile, readFile, readdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFramesFolder } from '../../../src/daemon/recording/frames-reader.js';
import { recoverFolder } from '../../../src/daemon/recording/recover-folder.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { jpeg, pictureFrame, soundFrame } from './frames.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

async function recordedFolder(): Promise<string> {
  const run = new TestRecording(await temporaryFolder());
  run.offer(pictureFrame('screen', 0, await jpeg()));
  run.offer(soundFrame(0));
  return (await run.recording.close()).paths[0] ?? '';
}

test('A folder in order is left as it is', async () => {
  const folder = await recordedFolder();
  const recovered = await recoverFolder(systemRecordingFs, folder);
  expect(recovered).toEqual({ removedParts: [], cutIndexes: [], mendedWavs: [] });
});

test('Unfinished files go, a torn line is cut, and a header claims all the sound', async () => {
  const folder = await recordedFolder();
  await writeFile(join(folder, 'screen', '000000001-5.jpg.part'), 'half');
  await appendFile(join(folder, 'index.jsonl'), '{"type":"frame","ki');
  await appendFile(join(folder, 'audio-0001.wav'), Buffer.alloc(4003));
  expect((await readFramesFolder(systemRecordingFs, folder)).hasTornLine).toBe(true);
  expect(await recoverFolder(systemRecordingFs, folder)).toEqual({
    removedParts: ['screen/000000001-5.jpg.part'],
    cutIndexes: ['index.jsonl'],
    mendedWavs: ['audio-0001.wav'],
  });
  const { faults, hasTornLine } = await readFramesFolder(systemRecordingFs, folder);
  expect({ faults, hasTornLine }).toEqual({ faults: [], hasTornLine: false });
  const wav = await readFile(join(folder, 'audio-0001.wav'));
  expect(wav.readUInt32LE(40)).toBe(882 * 4 + 4000);
});

test('A torn line longer than one step back is cut whole', async () => {
  const folder = await recordedFolder();
  const before = await readFile(join(folder, 'index.jsonl'), 'utf8');
  await appendFile(join(folder, 'index.jsonl'), 'x'.repeat(200_000));
  await recoverFolder(systemRecordingFs, folder);
  expect(await readFile(join(folder, 'index.jsonl'), 'utf8')).toBe(before);
});

test('Symlinks are left alone, and so is what they lead to', async () => {
  const folder = await recordedFolder();
  const elsewhere = await temporaryFolder();
  await writeFile(join(elsewhere, 'other.part'), 'precious');
  await symlink(elsewhere, join(folder, 'video'));
  await symlink(join(elsewhere, 'other.part'), join(folder, 'audio-0009.wav'));
  const { removedParts, mendedWavs } = await recoverFolder(systemRecordingFs, folder);
  expect([removedParts, mendedWavs]).toEqual([[], []]);
  expect(await readdir(elsewhere)).toEqual(['other.part']);
});

test('A reader finds a picture that is cut, gone, or not what the index says', async () => {
  const folder = await recordedFolder();
  const [name = ''] = await readdir(join(folder, 'screen'));
  await truncate(join(folder, 'screen', name), 100);
  await truncate(join(folder, 'audio-0001.wav'), 1000);
  await appendFile(join(folder, 'index.jsonl'), '{"type":"frame","file":"../../etc/passwd"}\n');
  const { faults } = await readFramesFolder(systemRecordingFs, folder);
  expect([...faults].sort()).toEqual([
    'audio-0001.wav claims 3572 bytes, expected up to 1000',
    'index.jsonl:7 is no index line: {"type":"frame","file":"../../etc/passwd"}',
    expect.stringMatching(/^screen\/.* is 100 bytes, expected \d+$/),
  ]);
});
