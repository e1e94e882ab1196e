import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockOffset } from '../../src/transport/clock-offset.js';

const HOUR_US = 3_600_000_000;
const AT_US = 1_800_000_000_000_000;

/** A ping whose way there and back take so long, answered at once by a clock that is ahead. */
function sample(aheadUs: number, thereUs: number, backUs: number, thinkingUs = 0) {
  const receivedAtUs = AT_US + thereUs + aheadUs;
  const answeredAtUs = receivedAtUs + thinkingUs;
  return {
    sentAtUs: AT_US,
    receivedAtUs,
    answeredAtUs,
    returnedAtUs: AT_US + thereUs + thinkingUs + backUs,
  };
}

describe('ClockOffset', () => {
  it('knows nothing before the first pong', () => {
    const offset = new ClockOffset();
    expect([offset.offsetUs, offset.roundTripUs]).toEqual([undefined, undefined]);
  });

  it.each([HOUR_US, -HOUR_US, 0])(
    'finds an offset of %i us when both ways take the same',
    (ahead) => {
      const offset = new ClockOffset();
      offset.add(sample(ahead, 5000, 5000, 70_000));
      expect([offset.offsetUs, offset.roundTripUs]).toEqual([ahead, 10_000]);
    },
  );

  it('is wrong by half the difference of both ways at most', () => {
    const us = fc.integer({ min: 0, max: 5_000_000 });
    const ahead = fc.integer({ min: -HOUR_US, max: HOUR_US });
    fc.assert(
      fc.property(ahead, us, us, us, (aheadUs, thereUs, backUs, thinkingUs) => {
        const offset = new ClockOffset();
        offset.add(sample(aheadUs, thereUs, backUs, thinkingUs));
        const mostWrongUs = Math.abs(thereUs - backUs) / 2 + 1;
        expect(Math.abs((offset.offsetUs ?? NaN) - aheadUs)).toBeLessThanOrEqual(mostWrongUs);
        expect(offset.roundTripUs).toBe(thereUs + backUs);
      }),
    );
  });

  it('believes the quickest of the last eight', () => {
    const offset = new ClockOffset();
    offset.add(sample(1000, 100, 100));
    for (let count = 0; count < 7; count += 1) offset.add(sample(2000, 9000, 9000 + count));
    expect([offset.offsetUs, offset.roundTripUs]).toEqual([1000, 200]);
    offset.add(sample(2000, 9000, 9000));
    expect(offset.roundTripUs).toBe(18_000);
    expect(Math.abs((offset.offsetUs ?? NaN) - 2000)).toBeLessThanOrEqual(4);
  });

  it.each([HOUR_US, -HOUR_US])('notices with the next pong that a clock was set by %i us', (by) => {
    const offset = new ClockOffset();
    for (let count = 0; count < 8; count += 1) offset.add(sample(1000, 100, 100));
    offset.add(sample(1000 + by, 9000, 9000));
    expect(offset.offsetUs).toBe(1000 + by);
    // Also when it was set while a ping was under way, which gives a sample that is wrong by half.
    const torn = sample(1000 + by, 100, 100);
    offset.add({ ...torn, sentAtUs: torn.sentAtUs + by });
    offset.add(sample(5000, 200, 200));
    expect(offset.offsetUs).toBe(5000);
  });

  it('never gives a negative round trip, also when a clock was set meanwhile', () => {
    const offset = new ClockOffset();
    offset.add({ ...sample(0, 100, 100), returnedAtUs: AT_US - HOUR_US });
    expect(offset.roundTripUs).toBe(0);
  });
});
