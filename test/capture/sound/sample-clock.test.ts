import { describe, expect, it } from 'vitest';
import { SampleClock } from '../../../src/capture/sound/sample-clock.js';
import { SteppedClock } from './stepped-clock.js';

const RATE_HZ = 48_000;
const FRAME = 960;
const START_US = 1_700_000_000_000_000;

/** Lets `frames` chunks of 20 ms arrive, `paceMs` apart; the times of their first samples. */
function arrive(
  clock: SteppedClock,
  samples: SampleClock,
  from: number,
  frames: number,
  paceMs = 20,
) {
  return Array.from({ length: frames }, (_, index) => {
    clock.jump(paceMs);
    samples.arrived(FRAME);
    return samples.capturedAtUs((from + index) * FRAME);
  });
}

function steps(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

describe('the sample clock', () => {
  it('says that the first sample was captured one chunk before it arrived', () => {
    const clock = new SteppedClock(START_US);
    const [first] = arrive(clock, new SampleClock(clock, RATE_HZ), 0, 1);
    expect(first).toBe(START_US);
  });

  it('keeps steps of 20 ms, to a tenth, while chunks arrive in lumps', () => {
    const clock = new SteppedClock(START_US);
    const samples = new SampleClock(clock, RATE_HZ);
    const times = [20, 0, 40, 60, 0, 0, 0, 35, 5, 20, 20].flatMap((waitMs, index) => {
      clock.jump(waitMs);
      samples.arrived(FRAME);
      return samples.capturedAtUs(index * FRAME);
    });
    expect(Math.min(...steps(times))).toBeGreaterThanOrEqual(19_900);
    expect(Math.max(...steps(times))).toBeLessThanOrEqual(20_100);
  });

  it.each([-300, -50, 50, 300])(
    'stays within 40 ms of the wall clock for an hour, %i millionths off',
    (millionths) => {
      const clock = new SteppedClock(START_US);
      const samples = new SampleClock(clock, RATE_HZ);
      let farthestUs = 0;
      for (let index = 0; index < 180_000; index += 1) {
        clock.jump(20 * (1 + millionths / 1e6));
        samples.arrived(FRAME);
        const offUs = samples.capturedAtUs(index * FRAME) - (clock.wallUs() - 20_000);
        farthestUs = Math.max(farthestUs, Math.abs(offUs));
      }
      expect(farthestUs).toBeLessThan(5000);
    },
  );

  it('makes good within seconds a beginning that came 25 ms late', () => {
    const clock = new SteppedClock(START_US);
    const samples = new SampleClock(clock, RATE_HZ);
    for (const [index, waitMs] of [45, 0, 15].entries()) {
      clock.jump(waitMs);
      samples.arrived(FRAME);
      samples.capturedAtUs(index * FRAME);
    }
    const times = arrive(clock, samples, 3, 500);
    expect(Math.abs((times.at(-1) ?? 0) - (clock.wallUs() - 20_000))).toBeLessThan(3000);
    expect(Math.min(...steps(times))).toBeGreaterThanOrEqual(19_900);
  });

  it('lets a busy moment of 400 ms pass, after which all of the sound is there at once', () => {
    const clock = new SteppedClock(START_US);
    const samples = new SampleClock(clock, RATE_HZ);
    const before = arrive(clock, samples, 0, 100);
    clock.jump(400);
    const late = arrive(clock, samples, 100, 20, 0);
    const after = arrive(clock, samples, 120, 100);
    expect(new Set(steps([...before, ...late, ...after]))).toEqual(new Set([20_000]));
  });

  it('moves forward within two seconds when sound of 300 ms was lost', () => {
    const clock = new SteppedClock(START_US);
    const samples = new SampleClock(clock, RATE_HZ);
    arrive(clock, samples, 0, 100);
    clock.jump(300);
    const times = arrive(clock, samples, 100, 101);
    expect(Math.max(...steps(times))).toBe(320_000);
    expect(times.at(-1)).toBe(clock.wallUs() - 20_000);
  });

  it('follows a device that runs 1 % fast and never goes back', () => {
    const clock = new SteppedClock(START_US);
    const times = arrive(clock, new SampleClock(clock, RATE_HZ), 0, 3000, 19.8);
    expect(Math.min(...steps(times))).toBeGreaterThan(0);
    expect(Math.abs((times.at(-1) ?? 0) - clock.wallUs())).toBeLessThanOrEqual(120_000);
  });

  it('follows a device that runs 1 % slow', () => {
    const clock = new SteppedClock(START_US);
    const times = arrive(clock, new SampleClock(clock, RATE_HZ), 0, 3000, 20.2);
    expect(Math.min(...steps(times))).toBeGreaterThan(0);
    expect(clock.wallUs() - (times.at(-1) ?? 0)).toBeLessThanOrEqual(150_000);
  });

  it('follows the wall clock when it is set back by an hour', () => {
    const clock = new SteppedClock(START_US);
    const samples = new SampleClock(clock, RATE_HZ);
    arrive(clock, samples, 0, 100);
    clock.setWall(START_US - 3_600_000_000);
    const [first = 0] = arrive(clock, samples, 100, 1);
    expect(Math.abs(first - clock.wallUs())).toBeLessThan(120_000);
  });
});
