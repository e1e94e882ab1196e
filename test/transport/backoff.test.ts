import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/transport/backoff.js';

const ALMOST_ONE = 1 - Number.EPSILON;

describe('backoffMs', () => {
  it.each([
    [0, 500],
    [2000, 500],
    [4000, 1000],
    [20_000, 5000],
    [120_000, 30_000],
    [3_600_000, 30_000],
  ])('waits after an outage of %i ms up to %i ms, spread evenly', (outageMs, mostMs) => {
    expect(backoffMs(outageMs, () => 0)).toBe(0);
    expect(backoffMs(outageMs, () => 0.5)).toBe(mostMs / 2);
    expect(backoffMs(outageMs, () => ALMOST_ONE)).toBeCloseTo(mostMs, 3);
  });

  it('waits at least as long as the daemon asked for, and not much longer than that', () => {
    const random = fc.double({ min: 0, max: ALMOST_ONE, noNaN: true });
    const time = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(time, random, time, (outageMs, share, askedMs) => {
        const waitMs = backoffMs(outageMs, () => share, askedMs);
        const leastMs = Math.min(askedMs, 30_000);
        expect(waitMs).toBeGreaterThanOrEqual(leastMs);
        expect(waitMs).toBeLessThan(leastMs + 30_000);
      }),
    );
  });

  it('brings five hundred sharers back within half a minute of a daemon that was away for ten', () => {
    let state = 42;
    const random = (): number => {
      state = (state * 48_271) % 0x7fff_ffff;
      return state / 0x7fff_ffff;
    };
    const awayMs = 600_000;
    const returns = Array.from({ length: 500 }, () => {
      let outageMs = 0;
      while (outageMs < awayMs) outageMs += backoffMs(outageMs, random);
      return outageMs - awayMs;
    });
    expect(Math.max(...returns)).toBeLessThan(30_000);
    // And not all at once: no tenth of that time sees more than a third of them.
    for (let fromMs = 0; fromMs < 30_000; fromMs += 3000) {
      const here = returns.filter((atMs) => atMs >= fromMs && atMs < fromMs + 3000);
      expect(here.length).toBeLessThan(170);
    }
  });
});
