import { describe, expect, it } from 'vitest';
import { MeetError } from '../../src/transport/errors.js';
import type { FuzzTarget } from './fuzz-run.js';
import { fuzz } from './fuzz-run.js';
import { testParsers } from './parsers.js';

/** The ordinary run: some seconds for each parser. */
testParsers(300_000);

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
    expect(() => fuzz(target, 1000, 7)).toThrow(/input 500 failed \(TypeError: oops\).*SEED=7/);
  });

  it('finds MEET_INTERNAL, which is a fault of ours', () => {
    const target = faulty(() => {
      throw new MeetError('MEET_INTERNAL', 'ours');
    });
    expect(() => fuzz(target, 1000, 7)).toThrow('ours');
  });

  it('finds an input that never comes back', () => {
    const target = faulty(() => {
      for (let count = 0; count >= 0; count = (count + 1) % 1000);
    });
    expect(() => fuzz(target, 1000, 7, 500)).toThrow(/input 500 failed .*timed out after 500ms/);
  });

  it('finds memory that grows', () => {
    const kept: Buffer[] = [];
    const target: FuzzTarget = {
      name: 'hoarder',
      corpus: [Buffer.from('valid')],
      parse: () => void kept.push(Buffer.alloc(10_000)),
    };
    expect(fuzz(target, 10_000, 7).grownBytes).toBeGreaterThan(80_000_000);
  });

  it('counts what was refused, by code', () => {
    const target: FuzzTarget = {
      name: 'strict',
      corpus: [Buffer.from('valid')],
      parse(input) {
        if (input.toString() !== 'valid') throw new MeetError('MEET_PROTOCOL', 'not valid');
      },
    };
    const { taken, refused, codes } = fuzz(target, 5000, 7);
    expect(taken + refused).toBe(5000);
    expect(taken).toBeGreaterThan(200);
    expect([...codes]).toEqual(['MEET_PROTOCOL']);
  });

  it('tries the same inputs again for the same seed', () => {
    const tried: [string[], string[]] = [[], []];
    for (const list of tried) {
      const parse = (input: Buffer): void => void list.push(input.toString('hex'));
      fuzz({ name: 'listener', corpus: [Buffer.from('valid')], parse }, 1000, 99);
    }
    expect(tried[0]).toEqual(tried[1]);
    expect(new Set(tried[0]).size).toBeGreaterThan(500);
  });
});
