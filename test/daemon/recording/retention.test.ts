import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeHead } from '../../../src/daemon/recording/matroska/head-page.js';
import type { RecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import type { Condemned, RetentionPolicy } from '../../../src/daemon/recording/retention-plan.js';
import { RetentionPlan } from '../../../src/daemon/recording/retention-plan.js';
import type { RetentionOptions } from '../../../src/daemon/recording/retention.js';
import { Retention } from '../../../src/daemon/recording/retention.js';
import type { SurveyedSegment } from '../../../src/daemon/recording/segment-survey.js';
import type { MeetError } from '../../../src/transport/errors.js';
import { systemError } from './faulty-disk.js';
import { STARTED_AT_US } from './frames.js';
import { segmentsIn } from './matroska-probe.js';
import { matroska } from './matroska-recording.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';
import { ManualClock } from '../../setup/manual-clock.js';
import { jpeg, pictureFrame } from './frames.js';

const DAY_MS = 86_400_000;
const NOW_MS = STARTED_AT_US / 1000;
const FOLDER = 'main/20261101T000000Z';

/** A file of ours, `days` old, of `sizeBytes`. */
async function segment(
  root: string,
  name: string,
  days: number,
  { sizeBytes = 10_000, participant = 'anna' } = {},
) {
  const head = encodeHead(
    {
      uuid: Buffer.alloc(16),
      startedAtUs: STARTED_AT_US,
      writingApp: 'meet test',
      participant,
      room: 'main',
      meeting: '20261101T000000Z',
      number: 1,
    },
    {},
  );
  await file(join(root, FOLDER, name), days, Buffer.concat([head, Buffer.alloc(sizeBytes - 4096)]));
}

async function file(path: string, days: number, bytes: Buffer): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, bytes);
  const at = new Date(NOW_MS - days * DAY_MS);
  await utimes(path, at, at);
}

async function prune(
  root: string,
  policy: RetentionPolicy,
  more: Partial<RetentionOptions> = {},
): Promise<string[]> {
  const removed: string[] = [];
  const words = ({ segment: { path }, reason }: Condemned) =>
    `${path.slice(root.length + 1)} ${reason}`;
  const retention = new Retention({
    fs: systemRecordingFs,
    root,
    clock: new ManualClock(),
    policy,
    isInUse: () => false,
    onRemoved: (one) => removed.push(words(one)),
    ...more,
  });
  const planned = await retention.rehearse().catch(() => []);
  await retention.run();
  if (more.fs === undefined) expect(removed).toEqual(planned.map(words));
  return removed;
}

async function marked(): Promise<string> {
  const root = await temporaryFolder();
  await writeFile(join(root, '.meet-recordings'), '{"version":1,"id":"x"}\n');
  return root;
}

describe('Retention', () => {
  test('deletes what is older than --keep, oldest first, and the folders that are left empty', async () => {
    const root = await marked();
    await segment(root, 'anna-0001.mkv', 9);
    await segment(root, 'anna-0002.mkv', 8);
    expect(await prune(root, { keepMs: 10 * DAY_MS })).toEqual([]);
    expect(await prune(root, { keepMs: 7 * DAY_MS })).toEqual([
      `${FOLDER}/anna-0001.mkv keep`,
      `${FOLDER}/anna-0002.mkv keep`,
    ]);
    expect(await readdir(root)).toEqual(['.meet-recordings']);
  });

  test('deletes the oldest beyond --max-size, and passes pinned ones by', async () => {
    const root = await marked();
    for (let number = 1; number <= 5; number += 1) {
      await segment(root, `anna-000${number}.mkv`, 10 - number);
    }
    await writeFile(join(root, FOLDER, 'anna-0001.mkv.pinned'), '');
    expect(await prune(root, { mostBytes: 30_000 })).toEqual([
      `${FOLDER}/anna-0002.mkv max-size`,
      `${FOLDER}/anna-0003.mkv max-size`,
    ]);
    await writeFile(join(root, FOLDER, 'pinned'), '');
    expect(await prune(root, { mostBytes: 1 })).toEqual([]);
  });

  test('touches nothing that another program has written, whatever its name', async () => {
    const root = await marked();
    const others = [
      join(root, FOLDER, 'holiday.mkv'),
      join(root, FOLDER, 'anna-0001.mkv'),
      join(root, FOLDER, 'notes.txt'),
      join(root, 'films', 'anna-0002.mkv'),
      join(root, 'main', 'cut', 'anna-0003.mkv'),
    ];
    for (const path of others) await file(path, 400, Buffer.alloc(20_000, 'not ours'));
    expect(await prune(root, { keepMs: 1, mostBytes: 1, leastFreeBytes: 2 ** 50 })).toEqual([]);
    for (const path of others)
      expect(await readdir(join(path, '..'))).toContain(path.split('/').at(-1));
  });

  test('knows a file of ours whatever its participant is called', async () => {
    const root = await marked();
    // WritingApp's identifier is "WA"; a title stands before it.
    await segment(root, 'walter-0001.mkv', 9, { participant: 'WALTER' });
    expect(await prune(root, { mostBytes: 1 })).toEqual([`${FOLDER}/walter-0001.mkv max-size`]);
  });

  test('does not count what another program has written', async () => {
    const root = await marked();
    await file(join(root, FOLDER, 'anna-0001.mkv'), 400, Buffer.alloc(20_000, 'not ours'));
    await segment(root, 'anna-0002.mkv', 9);
    await segment(root, 'anna-0003.mkv', 8);
    expect(await prune(root, { mostBytes: 15_000 })).toEqual([`${FOLDER}/anna-0002.mkv max-size`]);
  });

  test('passes a file by that cannot be deleted, tells it once, and deletes the next', async () => {
    const root = await marked();
    for (const number of [1, 2, 3]) await segment(root, `anna-000${number}.mkv`, 10 - number);
    const fs: RecordingFs = {
      ...systemRecordingFs,
      unlink: (path) =>
        path.endsWith('0001.mkv')
          ? Promise.reject(systemError('EPERM'))
          : systemRecordingFs.unlink(path),
    };
    const faults: string[] = [];
    const onFault = ({ message }: MeetError) => faults.push(message);
    const retention = new Retention({
      ...{ fs, root, clock: new ManualClock(), policy: { mostBytes: 10_000 }, onFault },
      isInUse: () => false,
      onRemoved: () => undefined,
    });
    expect(await retention.run()).toBe(20_000);
    expect(await retention.run()).toBe(0);
    expect(await readdir(join(root, FOLDER))).toEqual(['anna-0001.mkv']);
    expect(faults).toEqual([
      expect.stringMatching(/cannot delete .*anna-0001\.mkv.*EPERM.*lsattr/),
    ]);
  });

  test('counts a file that cannot be read, which may be ours, and tells it', async () => {
    const root = await marked();
    for (const number of [1, 2, 3]) await segment(root, `anna-000${number}.mkv`, 10 - number);
    const fs: RecordingFs = {
      ...systemRecordingFs,
      open: (path, flags, mode) =>
        path.endsWith('0001.mkv')
          ? Promise.reject(systemError('EIO'))
          : systemRecordingFs.open(path, flags, mode),
    };
    const faults: string[] = [];
    const onFault = ({ message }: MeetError) => faults.push(message);
    expect(await prune(root, { mostBytes: 20_000 }, { fs, onFault })).toEqual([
      `${FOLDER}/anna-0002.mkv max-size`,
    ]);
    expect(faults).toEqual([expect.stringMatching(/cannot delete .*anna-0001\.mkv.*EIO/)]);
  });

  test('leaves what this process writes to, though it could not for long', async () => {
    const root = await marked();
    await segment(root, 'anna-0001.open.mkv', 1);
    const isWritten = (path: string) => path.endsWith('0001.open.mkv');
    expect(await prune(root, { mostBytes: 1 }, { isWritten })).toEqual([]);
  });

  test('deletes of what is to go only what it is told, where it is', async () => {
    const root = await marked();
    for (const number of [1, 2, 3]) await segment(root, `anna-000${number}.mkv`, 10 - number);
    const retention = new Retention({
      ...{ fs: systemRecordingFs, root, clock: new ManualClock(), policy: { mostBytes: 1 } },
      isInUse: () => false,
      onRemoved: () => undefined,
    });
    await retention.run(new Set([join(root, FOLDER, 'anna-0002.mkv')]));
    expect(await readdir(join(root, FOLDER))).toEqual(['anna-0001.mkv', 'anna-0003.mkv']);
  });

  test('does nothing in a folder without its marker', async () => {
    const root = await temporaryFolder();
    await segment(root, 'anna-0001.mkv', 9);
    expect(await prune(root, { keepMs: DAY_MS })).toEqual([]);
  });

  test('leaves a file that is being written, and takes one that was cut off', async () => {
    const root = await marked();
    await segment(root, 'anna-0001.open.mkv', 0);
    await segment(root, 'anna-0002.open.mkv', 1);
    expect(await prune(root, { mostBytes: 1 })).toEqual([`${FOLDER}/anna-0002.open.mkv max-size`]);
  });

  test('runs as soon as a segment is ended, by the clock', async () => {
    const root = await temporaryFolder();
    const removed: string[] = [];
    const run = new TestRecording(root, {
      open: matroska({
        segment: { ms: 1000, bytes: 2 ** 31 },
        retention: { mostBytes: 20_000 },
        onRemoved: ({ segment: { path } }) => removed.push(path),
      }),
    });
    const picture = await jpeg();
    let mostBytes = 0;
    for (let at = 0; at < 20; at += 1) {
      run.offer(pictureFrame('screen', at * 15, picture));
      run.clock.advance(2000);
      await run.settle(0);
      const paths = await segmentsIn(root);
      const sizes = await Promise.all(paths.map(sizeOf));
      mostBytes = Math.max(mostBytes, ...[sizes.reduce((sum, bytes) => sum + bytes, 0)]);
    }
    await run.recording.close();
    expect(removed.length).toBeGreaterThan(8);
    expect(removed).toEqual([...removed].sort());
    // The bound, a segment that was being written when it was looked at, and one that is written now.
    expect(mostBytes).toBeLessThan(20_000 + 2 * (4096 + picture.length + 1024));
  });
});

function numbersOf(plan: RetentionPlan): number[] {
  const numbers: number[] = [];
  for (let one = plan.next(); one !== undefined; one = plan.next()) {
    numbers.push(one.segment.name.number);
    plan.gone(one.segment);
  }
  return numbers;
}

/** 0 for one that was deleted since it was listed. */
async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => ({ size: 0 }))).size;
}

describe('The plan of retention', () => {
  const at = (number: number, more: Partial<SurveyedSegment> = {}): SurveyedSegment => ({
    path: `anna-${number}`,
    folder: 'main',
    name: { who: 'anna', number, mark: 'closed' },
    sizeBytes: 100,
    modifiedMs: NOW_MS - (100 - number) * DAY_MS,
    isPinned: false,
    isLeftOver: false,
    ...more,
  });
  const numbers = (segments: SurveyedSegment[], policy: RetentionPolicy, freeBytes?: number) =>
    numbersOf(new RetentionPlan(segments, policy, { nowMs: NOW_MS, freeBytes }));

  test('frees as much as --min-free asks for, and no more', () => {
    const all = [3, 1, 2, 4].map((number) => at(number));
    expect(numbers(all, { leastFreeBytes: 250 }, 100)).toEqual([1, 2]);
    expect(numbers(all, { leastFreeBytes: 250 }, 250)).toEqual([]);
  });

  test('counts pinned ones and what is being written, and deletes neither', () => {
    const open = at(1, { name: { who: 'anna', number: 1, mark: 'open' }, modifiedMs: NOW_MS });
    const all = [at(2, { isPinned: true }), open, at(3), at(4)];
    expect(numbers(all, { mostBytes: 300 })).toEqual([3]);
  });

  test('lets go first what a killed recover has left, unless somebody may be at it or it is pinned', () => {
    const left = at(9, { isLeftOver: true, modifiedMs: NOW_MS - 61_000 });
    const fresh = at(8, { isLeftOver: true, modifiedMs: NOW_MS - 59_000 });
    const pinned = at(7, { isLeftOver: true, isPinned: true });
    expect(numbers([at(1), at(2), left, fresh, pinned], { mostBytes: 300 })).toEqual([9, 1]);
    expect(numbers([at(1), left], { keepMs: 900 * DAY_MS })).toEqual([9]);
  });

  test('deletes nothing for a clock that was set back', () => {
    expect(numbers([at(1, { modifiedMs: NOW_MS + DAY_MS })], { keepMs: 1 })).toEqual([]);
  });
});
