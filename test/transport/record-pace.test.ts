import { describe, expect, it } from 'vitest';
import { RecordPace, SharedPace } from '../../src/transport/record-pace.js';
import { ManualClock } from '../setup/manual-clock.js';

/** The rests after so many records, one by one. */
function rests(pace: RecordPace, records: number): number[] {
  return Array.from({ length: records }, () => pace.spend(1));
}

describe('the pace of small records', () => {
  it('lets a second of them through at once, then asks for a rest', () => {
    const pace = new RecordPace(100, new ManualClock());
    expect(rests(pace, 100)).toEqual(Array.from({ length: 100 }, () => 0));
    expect(rests(pace, 3)).toEqual([10, 20, 30]);
  });

  it('lets go on when the rest is over, and no faster than its rate', () => {
    const clock = new ManualClock();
    const pace = new RecordPace(100, clock);
    rests(pace, 150);
    clock.advance(499);
    expect(pace.spend(1)).toBeGreaterThan(0);
    clock.advance(30);
    expect(pace.spend(1)).toBe(0);
  });

  it('takes many that came together as if they had come one by one', () => {
    const pace = new RecordPace(100, new ManualClock());
    expect(pace.spend(100)).toBe(0);
    expect(pace.spend(50)).toBe(500);
  });

  it('excuses answers to what was sent, a second of them at most', () => {
    const pace = new RecordPace(10, new ManualClock());
    for (let sent = 0; sent < 1000; sent += 1) pace.excuse();
    expect(Math.max(...rests(pace, 20))).toBe(0);
    expect(pace.spend(1)).toBeGreaterThan(0);
  });

  it('of many who send much together is that of a few, each in its turn', () => {
    const clock = new ManualClock();
    const shared = new SharedPace(100, clock);
    const paces = Array.from({ length: 50 }, () => new RecordPace(100, clock, shared));
    // Five of them may send a second's worth at once; then one more each 200 ms.
    expect(paces.map((pace) => pace.spend(100))).toEqual([
      ...[0, 0, 0, 0, 0],
      ...Array.from({ length: 45 }, (_, at) => 200 * (at + 1)),
    ]);
  });

  it('of one who sends little is not touched by what others send', () => {
    const clock = new ManualClock();
    const shared = new SharedPace(100, clock);
    new RecordPace(100, clock, shared).spend(100_000);
    const quiet = new RecordPace(100, clock, shared);
    expect(rests(quiet, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(quiet.spend(1)).toBeGreaterThan(0);
    clock.advance(1000);
    expect(rests(quiet, 5)).toEqual([0, 0, 0, 0, 0]);
  });
});
