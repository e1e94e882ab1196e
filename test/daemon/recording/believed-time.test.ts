import { expect, test } from 'vitest';
import { BelievedTime } from '../../../src/daemon/recording/believed-time.js';
import { STARTED_AT_US } from './frames.js';
import { ManualClock } from '../../setup/manual-clock.js';

const DAY_MS = 86_400_000;

function sinceStart(time: BelievedTime): number {
  return Math.round(time.nowMs() - STARTED_AT_US / 1000);
}

test('A jump ahead is believed when it has lasted for an hour', () => {
  const clock = new ManualClock();
  const time = new BelievedTime(clock);
  expect(sinceStart(time)).toBe(0);
  clock.jumpWall(10 * DAY_MS);
  for (let minute = 0; minute < 60; minute += 1) {
    expect(sinceStart(time)).toBe(minute * 60_000);
    clock.advance(60_000);
  }
  expect(sinceStart(time)).toBe(10 * DAY_MS + 3_600_000);
});

test('One that is taken back is forgotten, and a clock that goes back is followed', () => {
  const clock = new ManualClock();
  const time = new BelievedTime(clock);
  time.nowMs();
  clock.jumpWall(DAY_MS);
  clock.advance(3_000_000);
  expect(sinceStart(time)).toBe(3_000_000);
  clock.jumpWall(-DAY_MS);
  clock.advance(3_000_000);
  expect(sinceStart(time)).toBe(6_000_000);
  clock.jumpWall(-DAY_MS);
  expect(sinceStart(time)).toBe(6_000_000 - DAY_MS);
});

test('A small one is followed at once', () => {
  const clock = new ManualClock();
  const time = new BelievedTime(clock);
  time.nowMs();
  clock.jumpWall(50_000);
  expect(sinceStart(time)).toBe(50_000);
});
