import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFramesFolder } from '../../../src/daemon/recording/frames-reader.js';
import type { RecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { decodeWavHeader } from '../../../src/daemon/recording/wav-header.js';
import { jpeg, pictureFrame, soundFrame } from './frames.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

/**
 * A disk that works for a number of calls and then stands still, the last write half done: what is
 * on disk then is what a kill at that moment leaves.
 */
class StoppingDisk {
  #callsLeft: number;
  #standStill: () => void = () => undefined;
  #giveUp: (reason: Error) => void = () => undefined;
  readonly stoodStill = new Promise<'stood still'>((resolve) => {
    this.#standStill = () => {
      resolve('stood still');
    };
  });
  readonly #never = new Promise<never>((_, reject) => {
    this.#giveUp = reject;
  });

  constructor(calls: number) {
    this.#callsLeft = calls;
    this.#never.catch(() => undefined);
  }

  readonly fs: Partial<RecordingFs> = {
    open: (...args) => this.#call(() => systemRecordingFs.open(...args)),
    close: (...args) => this.#call(() => systemRecordingFs.close(...args)),
    rename: (...args) => this.#call(() => systemRecordingFs.rename(...args)),
    mkdir: (...args) => this.#call(() => systemRecordingFs.mkdir(...args)),
    writev: (fd, buffers, position) =>
      this.#call(
        () => systemRecordingFs.writev(fd, buffers, position),
        async () => {
          const bytes = Buffer.concat(buffers);
          const half = bytes.subarray(0, Math.floor(bytes.length / 2));
          // 44 bytes over a header lie in one page: a kill leaves all of them or none.
          if (half.length > 22) await systemRecordingFs.writev(fd, [half], position);
        },
      ),
  };

  /** Lets the call that stands still fail, so that the recording can close. */
  end(): void {
    this.#giveUp(new Error('ended by the test'));
  }

  async #call<T>(work: () => Promise<T>, half?: () => Promise<void>): Promise<T> {
    if (this.#callsLeft > 0) {
      this.#callsLeft -= 1;
      return work();
    }
    if (this.#callsLeft === 0) {
      this.#callsLeft = -1;
      await half?.();
      this.#standStill();
    }
    return this.#never;
  }
}

/** Sound in two formats and three files, pictures of both kinds, a tick, all in three batches. */
async function record(run: TestRecording, picture: Buffer): Promise<'closed'> {
  for (let batch = 0; batch < 3; batch += 1) {
    for (let at = 0; at < 3; at += 1) run.offer(soundFrame(batch * 3 + at));
    const rateHz = 48_000;
    run.offer(soundFrame(9 + batch), { codec: 'pcm-s16le', sampleRateHz: rateHz, channels: 2 });
    run.offer(pictureFrame('screen', batch, picture));
    run.offer(pictureFrame('video', batch, picture));
    run.clock.advance(batch === 1 ? 1000 : 200);
    await run.settle();
  }
  await run.recording.close();
  return 'closed';
}

async function check(root: string, picture: Buffer): Promise<void> {
  const stays = await readdir(join(root, 'lab-1')).catch(() => []);
  for (const stay of stays) {
    const folder = join(root, 'lab-1', stay);
    expect((await readFramesFolder(systemRecordingFs, folder)).faults).toEqual([]);
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => name.endsWith('.part')).length).toBeLessThanOrEqual(1);
    for (const name of names) {
      const bytes = /\.(jpg|wav)$/.test(name) ? await readFile(join(folder, name)) : undefined;
      if (bytes === undefined) continue;
      if (name.endsWith('.jpg')) expect(bytes.equals(picture)).toBe(true);
      else {
        const claimedBytes = decodeWavHeader(bytes)?.dataBytes ?? 0;
        expect(claimedBytes).toBeGreaterThan(0);
        expect(claimedBytes).toBeLessThanOrEqual(bytes.length - 44);
      }
    }
  }
}

test('A recording that is cut off at any call to the disk leaves only what is whole', async () => {
  const picture = await jpeg();
  let calls = 0;
  for (let isDone = false; !isDone; calls += 1) {
    const root = await temporaryFolder();
    const disk = new StoppingDisk(calls);
    const run = new TestRecording(root, { fs: disk.fs, more: { wavMostBytes: 20_000 } });
    const recorded = record(run, picture);
    isDone = (await Promise.race([recorded, disk.stoodStill])) === 'closed';
    try {
      await check(root, picture);
    } finally {
      disk.end();
      await recorded;
    }
  }
  // So many calls as it takes, at the least, to write 6 pictures.
  expect(calls).toBeGreaterThan(6 * 4);
}, 60_000);
