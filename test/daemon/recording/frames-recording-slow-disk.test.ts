import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFramesFolder } from '../../../src/daemon/recording/frames-reader.js';
import type { RecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { STREAM_KINDS } from '../../../src/transport/stream-kind.js';
import { pictureFrame, soundFrame } from './frames.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

const MIB = 1024 ** 2;
/** Start and end of image around nothing: whole as far as the reader looks. */
const PICTURE_BYTES = 64 * 1024;
const picture = Buffer.alloc(PICTURE_BYTES);
picture.writeUInt16BE(0xffd8, 0);
picture.writeUInt16BE(0xffd9, PICTURE_BYTES - 2);

/** A disk that writes nothing until it is let. */
class Gate {
  #isOpen = false;
  #waiting: (() => void)[] = [];

  readonly fs: Pick<RecordingFs, 'writev'> = {
    writev: async (fd, buffers, position) => {
      if (!this.#isOpen) {
        await new Promise<void>((resolve) => {
          this.#waiting.push(resolve);
        });
      }
      return systemRecordingFs.writev(fd, buffers, position);
    },
  };

  open(): void {
    this.#isOpen = true;
    this.pass();
  }

  /** Lets the writes that wait now go on. */
  pass(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

describe('A disk that hangs', () => {
  test('holds no more than the limit, keeps all sound, and costs old pictures', async () => {
    const gate = new Gate();
    const limits = { 'recording-queue-bytes': MIB };
    const run = new TestRecording(await temporaryFolder(), { fs: gate.fs, limits });
    for (let sequence = 0; sequence < 100; sequence += 1) {
      run.offer(pictureFrame('screen', sequence, picture));
      run.offer(soundFrame(sequence));
      expect(run.recording.stats().waitingBytes).toBeLessThanOrEqual(MIB);
    }
    gate.open();
    const { paths, counters } = await run.recording.close();
    expect(counters.audio).toMatchObject({ offered: 100, written: 100, dropped: 0 });
    const { written, dropped } = counters.screen;
    expect(written + dropped).toBe(100);
    expect(dropped).toBeGreaterThan(80);
    const { lines, faults } = await readFramesFolder(systemRecordingFs, paths[0] ?? '');
    expect(faults).toEqual([]);
    expect(lines.filter(({ type }) => type === 'gap')).toMatchObject([
      { kind: 'screen', reason: 'queue-full', frames: dropped, fromSeq: 0, toSeq: dropped - 1 },
    ]);
  });

  test('costs sound only when no picture is left to go', async () => {
    const gate = new Gate();
    const limits = { 'recording-queue-bytes': MIB };
    const run = new TestRecording(await temporaryFolder(), { fs: gate.fs, limits });
    run.offer(pictureFrame('video', 0, picture));
    const sounds = 400;
    for (let sequence = 0; sequence < sounds; sequence += 1) run.offer(soundFrame(sequence));
    gate.open();
    const { paths, counters } = await run.recording.close();
    expect(counters.video.dropped).toBe(1);
    expect(counters.audio.dropped).toBeGreaterThan(0);
    const { lines } = await readFramesFolder(systemRecordingFs, paths[0] ?? '');
    const kept = lines.flatMap((line) => (line.type === 'frame' ? [line.seq] : []));
    expect(kept).toEqual([...Array(sounds).keys()].slice(counters.audio.dropped));
  });

  test('is told once a second, and not when it was fast enough', async () => {
    const gate = new Gate();
    const limits = { 'recording-queue-bytes': MIB };
    const run = new TestRecording(await temporaryFolder(), { fs: gate.fs, limits });
    const offerMany = () => {
      for (let sequence = 0; sequence < 40; sequence += 1) {
        run.offer(pictureFrame('screen', sequence, picture));
      }
    };
    offerMany();
    expect(run.states).not.toContain('slow');
    run.clock.advance(1000);
    expect((await run.event('slow')).code).toBe('MEET_DISK_SLOW');
    run.clock.advance(5000);
    offerMany();
    run.clock.advance(999);
    expect(run.states.filter((state) => state === 'slow')).toHaveLength(1);
    run.clock.advance(1);
    expect(run.states.filter((state) => state === 'slow')).toHaveLength(2);
    gate.open();
    await run.recording.close();
  });
});

test('Each frame offered is written, unchanged or dropped, and the index says the same', async () => {
  const root = await temporaryFolder();
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...STREAM_KINDS) },
    { weight: 1, arbitrary: fc.constantFrom('unchanged', 'no-format') },
    { weight: 2, arbitrary: fc.constantFrom('pass', 'turn', 'tick') },
  );
  const steps = fc.array(fc.tuple(step, fc.integer({ min: 1, max: 12 })), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const gate = new Gate();
      const limits = { 'recording-queue-bytes': MIB };
      const run = new TestRecording(root, { fs: gate.fs, limits });
      let sequence = 0;
      const act = (name: (typeof all)[number][0]): void => {
        sequence += 1;
        if (name === 'pass') gate.pass();
        else if (name === 'tick') run.clock.advance(1000);
        else if (name === 'unchanged') run.offer(pictureFrame('screen', sequence));
        else if (name === 'no-format') run.recording.offer(soundFrame(sequence), undefined, 1);
        else if (name === 'audio') run.offer(soundFrame(sequence, 8820));
        else if (name !== 'turn') run.offer(pictureFrame(name, sequence, picture));
      };
      for (const [name, times] of all) {
        for (let time = 0; time < times; time += 1) act(name);
        if (name === 'turn') await new Promise((resolve) => setImmediate(resolve));
      }
      gate.open();
      const { paths, counters } = await run.recording.close();
      const [folder] = paths;
      const lines = folder === undefined ? [] : await linesOf(folder);
      for (const kind of STREAM_KINDS) {
        const { offered, written, unchanged, dropped } = counters[kind];
        expect(written + unchanged + dropped).toBe(offered);
        if (folder === undefined) continue;
        const mine = lines.filter((line) => 'kind' in line && line.kind === kind);
        expect(mine.filter(({ type }) => type === 'frame')).toHaveLength(written);
        expect(mine.filter(({ type }) => type === 'unchanged')).toHaveLength(unchanged);
        const gaps = mine.flatMap((line) => (line.type === 'gap' ? [line.frames ?? 0] : []));
        expect(gaps.reduce((sum, frames) => sum + frames, 0)).toBe(dropped);
      }
    }),
    { numRuns: 40 },
  );
});

async function linesOf(folder: string) {
  const { lines, faults } = await readFramesFolder(systemRecordingFs, folder);
  expect(faults).toEqual([]);
  return lines;
}
