import { describe, expect, it } from 'vitest';
import { MeetError } from '../../src/transport/errors.js';
import type { FuzzTarget } from './fuzz-run.js';
import { boundWanted, fuzz } from './fuzz-run.js';
import { FUZZ_BOXES } from './fuzz-targets.js';
import { testParsers } from './parsers.js';
import { testRecordings } from './recordings.js';

/** The ordinary run: two to five seconds for each parser; the boxes of time are run once, elsewhere. */
const INPUTS = 100_000;
const FILES = 500;
for (const box of FUZZ_BOXES) testParsers(box, boundWanted(INPUTS));
testRecordings({ inputs: FILES });

/** A parser that fails as told on its five hundredth input. */
function faulty(fail: () => void): FuzzTarget {
  let inputs = 0;
  return {
    name: 'faulty',
    corpus: [Buffer.from('valid')],
    parse() {
      inputs += 1;
      if (inputs === 500) fail();
    },
  };
}

describe('the fuzz run', () => {
  it('finds an error that is no MeetError, and says how to repeat it', () => {
    const target = faulty(() => {
      throw new TypeError('oops');
    });
    expect(() => fuzz(target, { inputs: 1000 }, 7)).toThrow(
      /input 500 failed \(TypeError: oops\).*SEED=7/,
    );
  });

  it('finds MEET_INTERNAL, which is a fault of ours', () => {
    const target = faulty(() => {
      throw new MeetError('MEET_INTERNAL', 'ours');
    });
    expect(() => fuzz(target, { inputs: 1000 }, 7)).toThrow('ours');
  });

  it('finds an input that never comes back', () => {
    const target: FuzzTarget = {
      name: 'endless',
      corpus: [Buffer.from('endless')],
      parse(input) {
        if (input.toString() !== 'endless') return;
        for (let count = 0; count >= 0; count = (count + 1) % 1000);
      },
    };
    expect(() => fuzz(target, { inputs: 1000 }, 7, { batchMaxMs: 500 })).toThrow(
      /input 1 failed .*timed out after 500ms/,
    );
  });

  it('feeds an input again that had no core while the watchdog waited', () => {
    const nobody = new Int32Array(new SharedArrayBuffer(4));
    const target = faulty(() => void Atomics.wait(nobody, 0, 0, 700));
    const { inputs, taken } = fuzz(target, { inputs: 1000 }, 7, { batchMaxMs: 500 });
    expect({ inputs, taken }).toEqual({ inputs: 1000, taken: 1000 });
  });

  it('finds an input that takes too long each time', () => {
    const target = faulty(() => undefined);
    const slow = {
      ...target,
      parse(input: Buffer) {
        if (input.toString() !== 'slow') return;
        // Of a core: what others take of it meanwhile is none of the parser's.
        const began = process.cpuUsage();
        for (let used = { user: 0, system: 0 }; used.user + used.system < 1_100_000;) {
          used = process.cpuUsage(began);
        }
      },
      corpus: [Buffer.from('slow')],
    };
    expect(() => fuzz(slow, { inputs: 1 }, 7)).toThrow(/input 1 failed .*it took 1[1-4]\d\d ms/);
  });

  it('goes on for as long as it is told', () => {
    const target = faulty(() => undefined);
    const beganMs = performance.now();
    // At least a batch, however little of the machine it has.
    expect(fuzz(target, { seconds: 0.1 }, 7).inputs).toBeGreaterThanOrEqual(1000);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(100);
  });

  it('tells the first input of each outcome', () => {
    const outcomes: string[] = [];
    const target: FuzzTarget = {
      name: 'strict',
      corpus: [Buffer.from('valid')],
      parse(input) {
        if (input.length > 5) throw new MeetError('MEET_PROTOCOL', `${input.length} bytes`);
        if (input.length < 5) throw new MeetError('MEET_PROTOCOL', `only "${input.length}"`);
      },
    };
    const onOutcome = (outcome: string): void => void outcomes.push(outcome);
    fuzz(target, { inputs: 5000 }, 7, { onOutcome });
    expect(outcomes.sort()).toEqual(['MEET_PROTOCOL bytes', 'MEET_PROTOCOL only', 'taken']);
  });

  it('finds memory that grows', () => {
    const kept: Buffer[] = [];
    const target: FuzzTarget = {
      name: 'hoarder',
      corpus: [Buffer.from('valid')],
      parse: () => void kept.push(Buffer.alloc(10_000)),
    };
    expect(fuzz(target, { inputs: 10_000 }, 7).grownBytes).toBeGreaterThan(80_000_000);
  });

  it('counts what was refused, by code', () => {
    const target: FuzzTarget = {
      name: 'strict',
      corpus: [Buffer.from('valid')],
      parse(input) {
        if (input.toString() !== 'valid') throw new MeetError('MEET_PROTOCOL', 'not valid');
      },
    };
    const { taken, refused, codes } = fuzz(target, { inputs: 5000 }, 7);
    expect(taken + refused).toBe(5000);
    expect(taken).toBeGreaterThan(200);
    expect([...codes]).toEqual(['MEET_PROTOCOL']);
  });

  it('tries the same inputs again for the same seed', () => {
    const tried: [string[], string[]] = [[], []];
    for (const list of tried) {
      const parse = (input: Buffer): void => void list.push(input.toString('hex'));
      fuzz({ name: 'listener', corpus: [Buffer.from('valid')], parse }, { inputs: 1000 }, 99);
    }
    expect(tried[0]).toEqual(tried[1]);
    expect(new Set(tried[0]).size).toBeGreaterThan(500);
  });
});
