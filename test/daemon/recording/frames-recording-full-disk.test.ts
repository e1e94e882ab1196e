import { randomBytes } from 'node:crypto';
import { readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { readFramesFolder } from '../../../src/daemon/recording/frames-reader.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import type { RecordingSummary } from '../../../src/daemon/recording/recording.js';
import { jpeg, pictureFrame, soundFrame } from './frames.js';
import { TestRecording } from './test-recording.js';
import { cannotMount, tinyDisk } from './tiny-disk.js';

const skip = await cannotMount();

/** Many times what 1 MB holds. */
const MOST_FRAMES = 5000;

/** Offers pictures and sound until the disk is full; returns the next sequence. */
async function fill(run: TestRecording, from: number, picture: Buffer): Promise<number> {
  const stops = run.states.filter((state) => state === 'stopped').length;
  let sequence = from;
  while (run.states.filter((state) => state === 'stopped').length === stops) {
    if (sequence - from > MOST_FRAMES) throw new Error(`no stop after ${MOST_FRAMES} frames`);
    run.offer(pictureFrame('screen', sequence, picture));
    run.offer(soundFrame(sequence));
    sequence += 1;
    await run.settle();
  }
  return sequence;
}

async function freeBytes(disk: string): Promise<number> {
  const { bavail, bsize } = await statfs(disk);
  return bavail * bsize;
}

/** Nothing half-written, and the counters add up with what the index says. */
async function check({ paths, counters }: RecordingSummary, removed: Set<string>): Promise<void> {
  const [folder = ''] = paths;
  const files = await readdir(folder, { recursive: true });
  expect(files.filter((name) => name.endsWith('.part'))).toEqual([]);
  for (const name of files.filter((file) => file.endsWith('.jpg'))) {
    await sharp(join(folder, name)).raw().toBuffer();
  }
  const { faults, hasTornLine } = await readFramesFolder(systemRecordingFs, folder);
  expect(faults.filter((fault) => ![...removed].some((name) => fault.includes(name)))).toEqual([]);
  expect(hasTornLine).toBe(false);
  for (const { offered, written, unchanged, dropped } of [counters.screen, counters.audio]) {
    expect(written + unchanged + dropped).toBe(offered);
  }
}

describe.skipIf(skip)('On a disk of 1 MB (needs root, to mount one), a recording', () => {
  test('stops when it is full and goes on when there is room, again and again', async () => {
    const disk = await tinyDisk();
    const run = new TestRecording(disk);
    const picture = await jpeg(160, 120);
    const removed = new Set<string>();
    let sequence = 0;
    for (let time = 1; time <= 4; time += 1) {
      sequence = await fill(run, sequence, picture);
      const stopped = await run.event('stopped', time);
      expect(stopped.code).toBe('MEET_DISK_FULL');
      run.clock.advance(3000);
      const pictures = (await readdir(join(stopped.path, 'screen'))).sort();
      for (const name of pictures.slice(0, 20)) {
        await rm(join(stopped.path, 'screen', name));
        removed.add(name);
      }
      run.clock.advance(1000);
      await run.event('resumed', time);
    }
    run.offer(soundFrame(sequence));
    const summary = await run.recording.close();
    expect(summary.paths).toHaveLength(1);
    await check(summary, removed);
    const { lines } = await readFramesFolder(systemRecordingFs, summary.paths[0] ?? '');
    expect(lines.filter(({ type }) => type === 'resumed')).toHaveLength(4);
    const gaps = lines.filter((line) => line.type === 'gap' && line.reason === 'disk-full');
    expect(gaps.length).toBeGreaterThanOrEqual(4);
    expect(lines.at(-1)?.type).toBe('end');
  }, 60_000);

  test('that ends while it is full ends in order, and says that it lacks something', async () => {
    const run = new TestRecording(await tinyDisk());
    const sequence = await fill(run, 0, await jpeg(160, 120));
    run.offer(soundFrame(sequence));
    const summary = await run.recording.close();
    expect(summary).toMatchObject({ code: 'MEET_DISK_FULL' });
    await check(summary, new Set());
  });

  test('stops below the least free room, and waits for twice as much', async () => {
    const disk = await tinyDisk();
    const leastBytes = 300_000;
    const run = new TestRecording(disk, { limits: { 'disk-free-bytes': leastBytes } });
    const picture = await jpeg();
    run.offer(pictureFrame('screen', 0, picture));
    await run.settle();
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, randomBytes((await freeBytes(disk)) - leastBytes + 20_000));
    run.clock.advance(1000);
    expect((await run.event('stopped')).words).toContain(`recording stops below ${leastBytes}`);
    run.offer(pictureFrame('screen', 1, picture));
    expect(run.recording.stats()).toMatchObject({ waitingFrames: 0, screen: { dropped: 1 } });

    const probed = probes(run);
    await writeFile(ballast, randomBytes(500_000));
    expect(await freeBytes(disk)).toBeGreaterThan(leastBytes);
    await probed();
    expect(run.states).toEqual(['started', 'stopped']);
    await rm(ballast);
    await probed();
    await run.event('resumed');
    run.offer(pictureFrame('screen', 2, picture));
    const summary = await run.recording.close();
    expect(summary.counters.screen).toMatchObject({ offered: 3, written: 2, dropped: 1 });
    await check(summary, new Set());
  });

  test('makes nothing when there is no room to begin with, and begins when there is', async () => {
    const disk = await tinyDisk();
    const run = new TestRecording(disk, { limits: { 'disk-free-bytes': 400_000 } });
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, randomBytes(800_000));
    run.offer(soundFrame(0));
    await Promise.all([run.settle(), run.event('stopped')]);
    expect(await readdir(disk)).toEqual(['ballast']);
    await rm(ballast);
    run.clock.advance(1000);
    await run.event('resumed');
    run.offer(soundFrame(1));
    const summary = await run.recording.close();
    expect(summary.counters.audio).toMatchObject({ offered: 2, written: 1, dropped: 1 });
    await check(summary, new Set());
  });
});

/** Lets a second pass and waits until the look at the disk that it brings is over. */
function probes(run: TestRecording): () => Promise<void> {
  return async () => {
    run.clock.advance(1000);
    // Longer than one statfs takes by far; the answer that is looked for is that nothing happens.
    for (let turn = 0; turn < 50; turn += 1) await statfs('/');
  };
}
