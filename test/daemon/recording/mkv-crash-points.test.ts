import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { needs } from '../../setup/programs.js';
import { jpeg, pictureFrame, soundFrame } from './frames.js';
import { countPackets, segmentsIn } from './matroska-probe.js';
import { matroska } from './matroska-recording.js';
import { walkClusters } from './matroska-walk.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

interface Written {
  readonly path: string;
  readonly position: number;
  readonly bytes: Buffer;
}

/** A disk that keeps all that is written to it, in order. */
class RememberingDisk {
  readonly writes: Written[] = [];
  readonly #paths = new Map<number, string>();

  readonly fs: Partial<RecordingFs> = {
    open: async (path, flags, mode) => {
      const fd = await systemRecordingFs.open(path, flags, mode);
      this.#paths.set(fd, path);
      return fd;
    },
    writev: async (fd, buffers, position) => {
      const path = this.#paths.get(fd) ?? '';
      if (path.endsWith('.mkv'))
        this.writes.push({ path, position, bytes: Buffer.concat(buffers) });
      return systemRecordingFs.writev(fd, buffers, position);
    },
  };
}

/** Three tracks that begin one after the other, a pause, two segments, a clean end. */
async function recordSome(run: TestRecording): Promise<void> {
  const picture = await jpeg();
  for (let half = 0; half < 12; half += 1) {
    for (let at = 0; at < 25; at += 1) run.offer(soundFrame(half * 25 + at));
    const shown = half >= 2 && half !== 5 ? 8 : 0;
    for (let at = 0; at < shown; at += 1) {
      run.offer(pictureFrame('screen', half * 8 + at, picture));
      if (half >= 4) run.offer(pictureFrame('video', half * 8 + at, picture));
    }
    run.recording.remark({ type: 'hand', up: half % 2 === 0, atUs: run.clock.wallUs() });
    run.clock.advance(500);
    await run.settle(0);
  }
  await run.recording.close();
}

/** The file after the first `count` writes to it, the last one of them cut. */
async function rebuild(path: string, writes: readonly Written[], lastBytes?: number) {
  const file = await open(path, 'w');
  for (const [at, { bytes, position }] of writes.entries()) {
    const isLast = at === writes.length - 1;
    await file.write(
      isLast && lastBytes !== undefined ? bytes.subarray(0, lastBytes) : bytes,
      0,
      undefined,
      position,
    );
  }
  await file.close();
}

/** All whole clusters are read by ffmpeg, each with all its blocks. */
async function expectReadable(path: string, isCut: boolean): Promise<void> {
  const whole = walkClusters(await readFile(path)).flatMap(({ blocks }) => blocks);
  const counts = await countPackets(path, isCut);
  for (const [track, name] of [
    [1, 'screen'],
    [2, 'camera'],
    [3, 'sound'],
    [4, 'meeting'],
  ] as const) {
    const blocks = whole.filter((block) => block.track === track).length;
    const read = counts.get(name) ?? 0;
    if (isCut) expect(read).toBeGreaterThanOrEqual(blocks);
    else expect(read).toBe(blocks);
  }
}

describe.skipIf(needs('ffmpeg'))('Every prefix of what a recording writes', () => {
  test('opens as it is, and holds all clusters that are whole', async () => {
    const root = await temporaryFolder();
    const disk = new RememberingDisk();
    const run = new TestRecording(root, {
      fs: disk.fs,
      open: matroska({ segment: { ms: 4000, bytes: 2 * 1024 ** 3 } }),
    });
    await recordSome(run);
    const [first = '', ...others] = new Set(disk.writes.map(({ path }) => path));
    expect(others).toHaveLength(1);
    const writes = disk.writes.filter(({ path }) => path === first);
    // The first append, 7 more, two tracks that were added, the end and its head.
    expect(writes.length).toBeGreaterThanOrEqual(12);
    const folder = join(root, 'replayed');
    await mkdir(folder);
    let opened = 0;
    const work: (() => Promise<void>)[] = [];
    for (let count = 1; count <= writes.length; count += 1) {
      const prefix = writes.slice(0, count);
      const { bytes, position } = prefix.at(-1) ?? { bytes: Buffer.alloc(0), position: 0 };
      // A page is written whole or not at all: only what is appended can be cut.
      const least = position === 0 ? 4096 : 1;
      const isPage = position === 0 && count > 1;
      const cuts = [1, 5, 40, Math.floor(bytes.length / 2), bytes.length - 1].filter(
        (cut) => !isPage && cut > least && cut < bytes.length,
      );
      for (const cut of [undefined, ...cuts]) {
        const path = join(folder, `${count}-${cut ?? 'whole'}.mkv`);
        work.push(async () => {
          await rebuild(path, prefix, cut);
          // A track that was just added has no frame yet, which ffprobe remarks on.
          await expectReadable(path, cut !== undefined || isPage);
          opened += 1;
        });
      }
    }
    await inLanes(work);
    expect(opened).toBe(work.length);
    expect(opened).toBeGreaterThan(40);
    expect((await segmentsIn(root)).length).toBeGreaterThan(2);
  }, 120_000);
});

async function inLanes(work: readonly (() => Promise<void>)[]): Promise<void> {
  const rest = [...work];
  const lane = async (): Promise<void> => {
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) await next();
  };
  await Promise.all([lane(), lane()]);
}
