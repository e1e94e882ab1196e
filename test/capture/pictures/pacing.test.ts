import { describe, expect, test } from 'vitest';
import { FrameRateLimit } from '../../../src/capture/pictures/frame-rate-limit.js';
import { Pacer } from '../../../src/capture/pictures/pacer.js';
import type { Clock } from '../../../src/transport/clock.js';
import { systemClock } from '../../../src/transport/clock.js';

const NEVER = new AbortController().signal;

/** A clock that a test moves: sleeping takes as long as it says, and `lateMs` more. */
function movedClock(lateMs = 0): Clock & { nowMs: number } {
  const clock = {
    ...systemClock,
    nowMs: 1000,
    now: () => clock.nowMs,
    sleep: (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      clock.nowMs += ms + (ms > 0 ? lateMs : 0);
      return Promise.resolve();
    },
  };
  return clock;
}

describe('the pace of pictures on demand', () => {
  test('does not drift though each timer is late', async () => {
    const clock = movedClock(3);
    const pacer = new Pacer(clock, 10, () => true);
    for (let turn = 1; turn <= 1000; turn += 1) await pacer.turn(NEVER);
    expect(clock.nowMs - 1000).toBeGreaterThanOrEqual(100_000);
    expect(clock.nowMs - 1000).toBeLessThan(100_010);
  });

  test('makes up for no turn that was missed', async () => {
    const clock = movedClock();
    const pacer = new Pacer(clock, 10, () => true);
    await pacer.turn(NEVER);
    clock.nowMs += 1050;
    await pacer.turn(NEVER);
    const lateMs = clock.nowMs;
    await pacer.turn(NEVER);
    expect(clock.nowMs - lateMs).toBeCloseTo(100);
  });

  test('waits until the sharer is ready, and goes on from there', async () => {
    const clock = movedClock();
    let asked = 0;
    const pacer = new Pacer(clock, 10, () => (asked += 1) > 30);
    await pacer.turn(NEVER);
    expect(clock.nowMs - 1000).toBeCloseTo(100 + 30 * 10);
    await pacer.turn(NEVER);
    expect(clock.nowMs - 1000).toBeCloseTo(100 + 30 * 10 + 100);
  });

  test('ends with its signal', async () => {
    const abort = new AbortController();
    const turn = new Pacer(systemClock, 0.001, () => true).turn(abort.signal);
    abort.abort();
    await expect(turn).rejects.toThrow();
  });
});

describe('the rate limit of a device that gives too many pictures', () => {
  const passed = (wished: number, given: number, jitterMs: (index: number) => number): number => {
    const limit = new FrameRateLimit(wished);
    const times = Array.from(
      { length: given * 100 },
      (_, index) => (index * 1000) / given + jitterMs(index),
    );
    return times.filter((time) => limit.allows(time)).length / 100;
  };

  test.each([
    [15, 30, 15],
    [10, 30, 10],
    [20, 30, 20],
    [15, 15, 15],
    [15, 5, 5],
    [30, 30, 30],
  ])('lets %d of a wish through when %d come: %d a second', (wished, given, expected) => {
    expect(passed(wished, given, () => 0)).toBeCloseTo(expected, 0);
  });

  test('drops nothing of a device that only jitters', () => {
    expect(passed(15, 15, (index) => (index % 3) * 6)).toBeCloseTo(15, 0);
  });

  test('never lets more through than was wished', () => {
    expect(passed(10, 60, (index) => ((index * 7919) % 13) - 6)).toBeLessThanOrEqual(10.1);
  });
});
