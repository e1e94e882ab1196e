/** The one test of each parser, shared by the ordinary run and the long one. */
import { describe, expect, it } from 'vitest';
import { fuzz, runsWanted, seedWanted } from './fuzz-run.js';
import { FUZZ_TARGETS } from './fuzz-targets.js';

const MEBIBYTE = 1024 * 1024;
/** What the test runner itself may take meanwhile; a leak of 400 bytes an input shows. */
const GROWTH_MAX_BYTES = 32 * MEBIBYTE;

/** Defines the tests. `timeoutMs` is for one parser. */
export function testParsers(timeoutMs: number): void {
  const runs = runsWanted();
  const seed = seedWanted();

  describe(`every parser of what peers send, ${runs} inputs from seed ${seed}`, () => {
    it.each(FUZZ_TARGETS)(
      '$name refuses with a code or takes, never crashes, hangs or grows',
      (target) => {
        const result = fuzz(target, runs, seed);
        expect(result.inputs).toBe(runs);
        expect(result.taken + result.refused).toBe(runs);
        // Both ways are tried: neither refuses all, nor takes all.
        expect(result.taken).toBeGreaterThan(runs / 100);
        if (target.name !== 'opening') expect(result.refused).toBeGreaterThan(runs / 100);
        expect(result.grownBytes).toBeLessThan(GROWTH_MAX_BYTES);
      },
      timeoutMs,
    );
  });
}
