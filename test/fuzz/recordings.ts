/**
 * Whole recordings, changed at random, given to what `meet rec verify` reads them with. Owns the files,
 * which are in memory, and the loop: the reader waits for its disk, so the watchdog of fuzz-run.ts,
 * which stops what never comes back, is a time limit here.
 */
import { describe, expect, it } from 'vitest';
import type { RecordingFs } from '../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../src/daemon/recording/recording-fs.js';
import { verifyFile } from '../../src/daemon/recording/reading/verify-file.js';
import { MeetError } from '../../src/transport/errors.js';
import { halfSeconds, makeSegment } from '../daemon/recording/reading/made-segment.js';
import { collectGarbage } from '../setup/garbage.js';
import { keepInput, readCorpus } from './corpus.js';
import type { FuzzBound } from './fuzz-run.js';
import { seedWanted } from './fuzz-run.js';
import { makeInput } from './mutation.js';
import { Random } from './random.js';

/** No file may take longer; one of these is read in a millisecond. */
const FILE_MAX_MS = 1000;
const GROWTH_MAX_BYTES = 64 * 1024 * 1024;
const SPARE_MS = 120_000;
const OUTCOMES_MAX = 16;

const SMALL = halfSeconds(2).map((blocks) => blocks.filter(({ track }) => track !== 'audio'));
const CORPUS = [
  makeSegment({ appends: SMALL }).bytes,
  makeSegment({ appends: SMALL, isClosed: false }).bytes,
  makeSegment({ appends: [] }).bytes,
];

/** One file, whatever is asked for; of the rest nothing is used. */
function inMemory(bytes: Buffer): RecordingFs {
  return {
    ...systemRecordingFs,
    open: () => Promise.resolve(7),
    close: () => Promise.resolve(),
    lstat: async () => {
      const own = await systemRecordingFs.lstat(process.execPath);
      return Object.assign(Object.create(own) as typeof own, { size: bytes.length });
    },
    read: (_, target, position) =>
      Promise.resolve(bytes.subarray(position, position + target.length).copy(target)),
  };
}

/** What became of it: `taken`, its first fault, or why it is refused. Rejects with what is no such refusal. */
async function verified(bytes: Buffer): Promise<{ taken: boolean; outcome: string }> {
  try {
    const verdict = await verifyFile(inMemory(bytes), '/made.mkv', {
      signal: AbortSignal.timeout(FILE_MAX_MS),
    });
    expect(verdict.frames).toBeLessThanOrEqual(bytes.length);
    return { taken: true, outcome: verdict.faults[0] ?? 'taken' };
  } catch (thrown) {
    if (thrown instanceof MeetError && thrown.code === 'MEET_RECORDING_DAMAGED') {
      return { taken: false, outcome: thrown.message };
    }
    throw thrown;
  }
}

const outcomes = new Set<string>();

/** With `MEET_FUZZ_KEEP` the first file of each outcome goes into the corpus, to be committed. */
function keepNew(outcome: string, input: Buffer): void {
  const words = outcome.replaceAll(/\d+/g, '').replaceAll('/made.mkv', '');
  if (process.env.MEET_FUZZ_KEEP === undefined || outcomes.has(words)) return;
  if (outcomes.size >= OUTCOMES_MAX) return;
  outcomes.add(words);
  keepInput('recording', words, input);
}

/** Defines the test: so many files, or for so long. */
export function testRecordings(bound: FuzzBound): void {
  const seed = seedWanted();
  const timeoutMs = SPARE_MS + ('seconds' in bound ? bound.seconds * 1000 : 0);
  const most = 'inputs' in bound ? bound.inputs : Infinity;

  describe(`whole recordings, from seed ${seed}`, () => {
    it(
      'are read to their end or refused with a code, never crash, hang or grow',
      async () => {
        const untilMs = performance.now() + ('seconds' in bound ? bound.seconds * 1000 : Infinity);
        const random = new Random(seed);
        const corpus = [...CORPUS, ...readCorpus('recording')];
        for (const input of corpus) await verified(Buffer.from(input));
        collectGarbage();
        const before = process.memoryUsage().rss;
        const counts = { taken: 0, refused: 0 };
        while (counts.taken + counts.refused < most && performance.now() < untilMs) {
          const input = makeInput(random, corpus);
          const beganMs = performance.now();
          const { taken, outcome } = await verified(input).catch((thrown: unknown) => {
            const words = `file ${counts.taken + counts.refused} of seed ${seed} (${input.toString('base64')})`;
            throw new Error(words, { cause: thrown });
          });
          expect(performance.now() - beganMs).toBeLessThan(2 * FILE_MAX_MS);
          counts[taken ? 'taken' : 'refused'] += 1;
          keepNew(outcome, input);
        }
        collectGarbage();
        // Both ways are tried: neither refuses all, nor takes all.
        expect(counts.taken).toBeGreaterThan(10);
        expect(counts.refused).toBeGreaterThan(10);
        expect(process.memoryUsage().rss - before).toBeLessThan(GROWTH_MAX_BYTES);
      },
      timeoutMs,
    );
  });
}
