import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { makeFrame } from '../../../src/transport/frame.js';
import { needs } from '../../setup/programs.js';
import { STARTED_AT_US, jpeg, soundFrame } from './frames.js';
import { decodeAll, probe, segmentsIn } from './matroska-probe.js';
import { matroska } from './matroska-recording.js';
import { walkClusters } from './matroska-walk.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

const CHUNK_MS = 20;
const HALF = 5000;

interface Clocks {
  /** How far the daemon's wall clock is set, and the publisher's, after five seconds. */
  readonly oursMs?: number;
  readonly theirsMs?: number;
  /** The publisher's clock minus the daemon's, in ms; as it is when it is not given. */
  readonly estimateMs?: (atMs: number, apartMs: number) => number | undefined;
}

/** Ten seconds of sound and pictures; in the middle of them a clock is set. */
async function record(root: string, { oursMs = 0, theirsMs = 0, estimateMs }: Clocks) {
  let atMs = 0;
  const estimate = (): number | undefined => {
    const apartMs = atMs < HALF ? 0 : theirsMs - oursMs;
    const ms = estimateMs === undefined ? apartMs : estimateMs(atMs, apartMs);
    return ms === undefined ? undefined : ms * 1000;
  };
  const run = new TestRecording(root, {
    open: matroska(),
    more: { clockOffsetUs: estimate },
  });
  const picture = await jpeg();
  for (; atMs < 2 * HALF; atMs += CHUNK_MS) {
    const capturedAtUs = STARTED_AT_US + (atMs + (atMs < HALF ? 0 : theirsMs)) * 1000;
    const sequence = atMs / CHUNK_MS;
    const { payload } = soundFrame(sequence);
    run.offer(makeFrame({ kind: 'audio', sequence, capturedAtUs, payload }));
    if (sequence % 5 === 0) {
      run.offer(makeFrame({ kind: 'screen', sequence, capturedAtUs, payload: picture }));
    }
    run.clock.advance(CHUNK_MS);
    if (atMs === HALF - CHUNK_MS) {
      run.clock.jumpWall(oursMs);
      run.recording.remark({ type: 'hand', up: true, atUs: run.clock.wallUs() });
    }
    if (atMs % 500 === 480) await run.settle(0);
  }
  const { counters } = await run.recording.close();
  expect(counters.audio).toMatchObject({ offered: 500, written: 500 });
  expect(counters.screen).toMatchObject({ offered: 100, written: 100 });
}

/** How far apart neighbours of a track are in one file, least and most, in ms. */
async function apart(path: string, track: number): Promise<[number, number]> {
  const blocks = walkClusters(await readFile(path)).flatMap((cluster) => cluster.blocks);
  const times = blocks.filter((block) => block.track === track).map(({ atMs }) => atMs);
  const steps = times.slice(1).map((ms, at) => ms - (times[at] ?? 0));
  return [Math.min(...steps), Math.max(...steps)];
}

async function expectEven(path: string): Promise<void> {
  await decodeAll(path);
  expect(await apart(path, 3)).toEqual([CHUNK_MS, CHUNK_MS]);
  expect(await apart(path, 1)).toEqual([100, 100]);
}

const HOUR_MS = 3_600_000;

describe.skipIf(needs('ffmpeg'))('When the wall clock of the daemon is set', () => {
  const SETS = [HOUR_MS, -HOUR_MS, 30_000, -30_000, 2000, -2000];
  const ESTIMATES: readonly (readonly [string, Clocks['estimateMs']])[] = [
    ['an estimate that follows', undefined],
    ['an estimate that follows late', (atMs, apartMs) => (atMs < HALF + 2000 ? 0 : apartMs)],
    ['no estimate', () => undefined],
  ];
  test.each(SETS.flatMap((ms) => ESTIMATES.map(([words, of]) => [ms, words, of] as const)))(
    'by %d ms, with %s, the next segment begins by it, and all is as far apart as it was',
    async (oursMs, _, estimateMs) => {
      const root = await temporaryFolder();
      await record(root, { oursMs, ...(estimateMs === undefined ? {} : { estimateMs }) });
      const paths = await segmentsIn(root);
      expect(paths).toHaveLength(2);
      for (const path of paths) await expectEven(path);
      const starts = await Promise.all(paths.map(async (path) => (await probe(path)).tags));
      const [first = 0, second = 0] = starts.map((tags) => Date.parse(tags['creation_time'] ?? ''));
      expect(second - first).toBeGreaterThanOrEqual(HALF + oursMs);
      expect(second - first).toBeLessThanOrEqual(HALF + oursMs + CHUNK_MS);
      for (const path of paths) {
        expect((await probe(path)).durationMs).toBeLessThanOrEqual(HALF + CHUNK_MS);
      }
    },
  );
});

describe.skipIf(needs('ffmpeg'))('When the clock of a publisher is set', () => {
  test.each([HOUR_MS, -HOUR_MS, 30_000, -30_000, -2000])(
    'by %d ms, nothing is shown later or at once',
    async (theirsMs) => {
      const root = await temporaryFolder();
      const estimateMs = (atMs: number, apartMs: number) => (atMs < HALF + 2000 ? 0 : apartMs);
      await record(root, { theirsMs, estimateMs });
      const [path = '', ...others] = await segmentsIn(root);
      expect(others).toEqual([]);
      await expectEven(path);
    },
  );

  test('ahead by less than an estimate may be off, nothing is lost and no time is taken back', async () => {
    const root = await temporaryFolder();
    const estimateMs = (atMs: number, apartMs: number) => (atMs < HALF + 2000 ? 0 : apartMs);
    await record(root, { theirsMs: 1500, estimateMs });
    const [path = ''] = await segmentsIn(root);
    expect(await apart(path, 3)).toEqual([CHUNK_MS, 1500 + CHUNK_MS]);
  });
});
