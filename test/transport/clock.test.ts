/** The wall clock that is made of two. */
import { expect, test } from 'vitest';

import { systemClock, wallClockUs } from '../../src/transport/clock.js';

function clocks(startMs: number) {
  let monotonicMs = 5000.25;
  let aheadMs = startMs - 5000;
  return {
    pass: (ms: number) => (monotonicMs += ms),
    set: (byMs: number) => (aheadMs += byMs),
    us: wallClockUs(
      () => Math.floor(monotonicMs + aheadMs),
      () => monotonicMs,
    ),
    trueUs: () => (monotonicMs + aheadMs) * 1000,
  };
}

test('Wall time has the fractions of the monotonic clock', () => {
  const { pass, us } = clocks(1_795_438_616_000);
  const first = us();
  pass(0.125);
  expect(us() - first).toBe(125);
});

test('Wall time follows a clock that is set, from 1970 to now and back', () => {
  const { pass, set, us, trueUs } = clocks(0);
  us();
  for (const byMs of [1_795_438_616_000, -3_600_000, 0.4, -0.4]) {
    set(byMs);
    pass(1.5);
    expect(Math.abs(us() - trueUs())).toBeLessThanOrEqual(1000);
  }
});

test('Wall time does not go back while the clock only goes on', () => {
  const { pass, us, trueUs } = clocks(1_795_438_616_000);
  let last = 0;
  for (let step = 0; step < 5000; step += 1) {
    pass((step % 7) * 0.31);
    const now = us();
    expect(now).toBeGreaterThanOrEqual(last);
    expect(Math.abs(now - trueUs())).toBeLessThanOrEqual(1000);
    last = now;
  }
});

test("The machine's wall time is that of Date", () => {
  const before = Date.now();
  const us = systemClock.wallUs();
  expect(us / 1000).toBeGreaterThanOrEqual(before);
  expect(us / 1000).toBeLessThan(Date.now() + 1);
});
