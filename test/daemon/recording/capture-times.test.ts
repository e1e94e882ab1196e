import { describe, expect, test } from 'vitest';
import { CaptureTimes } from '../../../src/daemon/recording/capture-times.js';

const T = 1_795_436_130_000_000;
const HOUR_US = 3_600_000_000;

describe('Capture times', () => {
  test('are moved by the estimate of the clocks, the same for all streams', () => {
    const times = new CaptureTimes(() => HOUR_US);
    expect(times.atUs('screen', T + HOUR_US, T + 5000)).toBe(T);
    expect(times.atUs('screen', T + HOUR_US + 20_000, T + 90_000)).toBe(T + 20_000);
  });

  test('begin with the first arrival while there is no estimate', () => {
    const times = new CaptureTimes();
    expect(times.atUs('screen', 42_000_000, T)).toBe(T);
    expect(times.atUs('screen', 42_066_667, T + 70_000)).toBe(T + 66_667);
  });

  test('do not follow an estimate that trembles, so that distances stay', () => {
    let offsetUs = 0;
    const times = new CaptureTimes(() => offsetUs);
    times.renew();
    for (let at = 0; at < 1000; at += 1) {
      offsetUs = ((at * 7919) % 60_000) - 30_000;
      expect(times.atUs('screen', T + at * 20_000, T + at * 20_000 + 3000)).toBe(T + at * 20_000);
    }
  });

  test('follow a publisher whose clock is set, forwards and back', () => {
    const times = new CaptureTimes(() => 0);
    expect(times.atUs('screen', T, T + 1000)).toBe(T);
    expect(times.atUs('screen', T + HOUR_US + 20_000, T + 21_000)).toBe(T + 21_000);
    // What was captured before the clock was set comes late, on another connection.
    expect(times.atUs('screen', T + 10_000, T + 22_000)).toBe(T + 10_000);
    expect(times.atUs('screen', T + HOUR_US + 40_000, T + 41_000)).toBe(T + 41_000);
  });

  test('follow one that is set back by less than is old, and by which nothing is shown again', () => {
    const times = new CaptureTimes(() => 0);
    const BACK_US = 30_000_000;
    expect(times.atUs('screen', T, T)).toBe(T);
    expect(times.atUs('audio', T, T)).toBe(T);
    expect(times.atUs('screen', T + 20_000 - BACK_US, T + 20_000)).toBe(T + 20_000);
    expect(times.atUs('audio', T + 20_000, T + 30_000)).toBe(T + 20_000);
    expect(times.atUs('audio', T + 40_000 - BACK_US, T + 41_000)).toBe(T + 40_000);
  });

  test('do not go back within a segment for another estimate, only in the next one', () => {
    let offsetUs = 0;
    const times = new CaptureTimes(() => offsetUs);
    expect(times.atUs('audio', T, T)).toBe(T);
    offsetUs = 900_000;
    expect(times.atUs('audio', T + 20_000, T + 20_000)).toBe(T + 20_000);
    times.renew();
    expect(times.atUs('audio', T + 940_000, T + 40_000)).toBe(T + 40_000);
  });

  test('forget what was estimated before our own clock was set', () => {
    let offsetUs = 5_000;
    const times = new CaptureTimes(() => offsetUs);
    expect(times.atUs('audio', T + 5_000, T)).toBe(T);
    const SET_US = 30_000_000;
    times.forget();
    times.renew();
    expect(times.atUs('audio', T + 25_000, T + 20_000 + SET_US)).toBe(T + 20_000 + SET_US);
    offsetUs = 5_000 - SET_US;
    expect(times.atUs('audio', T + 45_000, T + 40_000 + SET_US)).toBe(T + 40_000 + SET_US);
  });
});
