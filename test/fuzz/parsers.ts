/**
 * The one test of each parser, shared by the ordinary run and the long boxes. Owns what a run must
 * show; knows no parser.
 */
import { describe, expect, it } from 'vitest';
import { keepInput } from './corpus.js';
import { boundWanted, fuzz, seedWanted } from './fuzz-run.js';
import type { FuzzBound } from './fuzz-run.js';
import { targetsOf } from './fuzz-targets.js';
import type { FuzzBox } from './fuzz-targets.js';

const MEBIBYTE = 1024 * 1024;
/** What the test runner itself may take meanwhile; a leak of 400 bytes an input shows. */
const GROWTH_MAX_BYTES = 32 * MEBIBYTE;
/** Beside the box itself: a last batch, and the collecting of garbage, on a busy machine. */
const SPARE_MS = 120_000;
const LONG_SECONDS = 600;

/** The box of `npm run test:fuzz`: `MEET_FUZZ_SECONDS`, or ten minutes. */
export function fuzzBox(box: FuzzBox): void {
  const bound = boundWanted(0);
  testParsers(box, 'seconds' in bound ? bound : { seconds: LONG_SECONDS });
}

/** Defines the tests of a box. Seconds are shared by its targets. */
export function testParsers(box: FuzzBox, bound: FuzzBound): void {
  const seed = seedWanted();
  const targets = targetsOf(box);
  const share: FuzzBound = 'seconds' in bound ? { seconds: bound.seconds / targets.length } : bound;
  const size = 'seconds' in share ? `${share.seconds} s` : `${share.inputs} inputs`;
  const timeoutMs = SPARE_MS + ('seconds' in share ? share.seconds * 1000 : 2 * SPARE_MS);

  describe(`what peers and users send, ${size} from seed ${seed}`, () => {
    it.each(targets)(
      '$name refuses with a code or takes, never crashes, hangs or grows',
      (target) => {
        const result = fuzz(target, share, seed, keepsOutcomes(target.name));
        expect(result.inputs).toBeGreaterThanOrEqual(1000);
        expect(result.taken + result.refused).toBe(result.inputs);
        // Both ways are tried: neither refuses all, nor takes all.
        expect(result.taken).toBeGreaterThan(result.inputs / 100);
        if (target.name !== 'opening') expect(result.refused).toBeGreaterThan(result.inputs / 100);
        expect(result.grownBytes).toBeLessThan(GROWTH_MAX_BYTES);
      },
      timeoutMs,
    );
  });
}

/** With `MEET_FUZZ_KEEP` the first input of each outcome goes into the corpus, to be committed. */
function keepsOutcomes(target: string): Parameters<typeof fuzz>[3] {
  if (process.env.MEET_FUZZ_KEEP === undefined) return {};
  return {
    onOutcome: (outcome, input) => {
      if (outcome !== 'taken') keepInput(target, outcome, input);
    },
  };
}
