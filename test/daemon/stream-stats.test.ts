import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamStats } from '../../src/daemon/stream-stats.js';
import { makeFrame } from '../../src/transport/frame.js';
import type { Frame } from '../../src/transport/frame.js';

const U32_MAX = 2 ** 32 - 1;

function frame(sequence: number, sizeBytes = 10): Frame {
  const payload = Buffer.alloc(sizeBytes);
  return makeFrame({ kind: 'screen', sequence, capturedAtUs: 0, payload });
}

describe('StreamStats', () => {
  it('is empty at first, without ages', () => {
    expect(new StreamStats(0).figures()).toEqual({
      frames: 0,
      bytes: 0,
      lost: 0,
      dropped: 0,
      unchanged: 0,
      framesPerSecond: 0,
      bytesPerSecond: 0,
    });
  });

  it('takes rates over the time since the last sample', () => {
    const stats = new StreamStats(1000);
    for (let sequence = 0; sequence < 15; sequence += 1) stats.count(frame(sequence, 1000), 1);
    stats.sample(2000);
    expect(stats.figures()).toMatchObject({ framesPerSecond: 15, bytesPerSecond: 15_000 });
    stats.count(frame(15, 500), 1);
    stats.sample(4000);
    expect(stats.figures()).toMatchObject({ framesPerSecond: 0.5, bytesPerSecond: 250 });
    stats.sample(4000);
    expect(stats.figures()).toMatchObject({ framesPerSecond: 0.5 });
    stats.sample(5000);
    expect(stats.figures()).toMatchObject({ framesPerSecond: 0, frames: 16, bytes: 15_500 });
  });

  it('counts each number that is missing once, whatever the gaps', () => {
    const start = fc.integer({ min: 0, max: U32_MAX });
    fc.assert(
      fc.property(start, fc.array(fc.nat(1000), { maxLength: 50 }), (first, gaps) => {
        const stats = new StreamStats(0);
        let sequence = first;
        expect(stats.count(frame(sequence), 1)).toBe(0);
        for (const gap of gaps) {
          sequence = (sequence + 1 + gap) % (U32_MAX + 1);
          expect(stats.count(frame(sequence), 1)).toBe(gap);
        }
        const lost = gaps.reduce((sum, gap) => sum + gap, 0);
        expect(stats.figures()).toMatchObject({ frames: gaps.length + 1, lost });
      }),
    );
  });

  it('believes a publisher what it says of itself only before its first frame', () => {
    const fresh = new StreamStats(0);
    fresh.expect(5);
    fresh.expect(900);
    expect(fresh.count(frame(8), 1)).toBe(3);
    fresh.expect(0);
    expect(fresh.count(frame(9), 1)).toBe(0);
  });

  it('gives percentiles by nearest rank, of the frames whose age is known', () => {
    const stats = new StreamStats(0);
    for (let age = 100; age >= 1; age -= 1) {
      stats.count(frame(100 - age), age);
      stats.count(frame(100 - age), undefined);
    }
    expect(stats.figures()).toMatchObject({ frames: 200, ageMs: { p50: 50, p95: 95, p99: 99 } });
  });

  it('forgets ages of long ago, and takes no more memory for a longer life', () => {
    const stats = new StreamStats(0);
    for (let sequence = 0; sequence < 600; sequence += 1) stats.count(frame(sequence), 9000);
    for (let sequence = 600; sequence < 1112; sequence += 1) stats.count(frame(sequence), 4.26);
    expect(stats.figures().ageMs).toEqual({ p50: 4.3, p95: 4.3, p99: 4.3 });
  });

  it('counts what was dropped beside what was lost', () => {
    const stats = new StreamStats(0);
    stats.drop();
    stats.drop(3);
    expect(stats.figures()).toMatchObject({ dropped: 4, lost: 0 });
  });
});
