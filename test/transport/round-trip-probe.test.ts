import { describe, expect, it } from 'vitest';
import { RoundTripProbe } from '../../src/transport/round-trip-probe.js';
import { TakenRate } from '../../src/transport/taken-rate.js';

/** A link on which so many frames are under way, and the pings that were sent on it. */
function link() {
  const sent: number[] = [];
  const state = { underWay: 3 };
  const probe = new RoundTripProbe({
    nowMs: 0,
    ping: () => sent.push(sent.length),
    isIdle: () => state.underWay === 0,
  });
  return { probe, sent, state };
}

describe('the round trip of a link that is full', () => {
  it('is that of the first answer until frames are dropped', () => {
    const { probe, sent } = link();
    expect(probe.roundTripMs).toBe(0);
    expect(probe.answered({ id: 99, ms: 300 })).toBe(true);
    // Behind frames: it says nothing of the link.
    expect(probe.answered({ id: 100, ms: 900 })).toBe(false);
    probe.tick(60_000, false);
    expect([probe.roundTripMs, probe.holds, sent.length]).toEqual([300, false, 0]);
  });

  it('is asked for again when nothing is under way, and nothing is written meanwhile', () => {
    const { probe, sent, state } = link();
    probe.answered({ id: 99, ms: 300 });
    probe.tick(1000, true);
    expect([probe.holds, sent.length]).toEqual([true, 0]);
    state.underWay = 0;
    probe.acknowledged(1100);
    expect([probe.holds, sent.length]).toEqual([true, 1]);
    expect(probe.answered({ id: 98, ms: 5 })).toBe(false);
    expect(probe.answered({ id: 1, ms: 20 })).toBe(true);
    expect([probe.holds, probe.roundTripMs]).toEqual([false, 20]);
    probe.tick(2000, true);
    expect(probe.holds).toBe(false);
    probe.tick(11_000, true);
    expect(probe.holds).toBe(true);
  });

  it('follows a way that has become longer', () => {
    const { probe, state } = link();
    probe.answered({ id: 99, ms: 10 });
    state.underWay = 0;
    for (let id = 1; id <= 6; id += 1) {
      probe.tick(id * 10_000, true);
      probe.answered({ id, ms: 200 });
    }
    expect(probe.roundTripMs).toBe(200);
  });

  it('lets a peer have frames that acknowledges but does not answer', () => {
    const { probe, state } = link();
    state.underWay = 0;
    expect(probe.tick(1000, true)).toBe(false);
    expect(probe.tick(3000, true)).toBe(false);
    expect([probe.tick(3001, true), probe.holds]).toEqual([true, false]);
  });
});

describe('what a peer takes of a stream', () => {
  it('counts only while it does not take everything', () => {
    const rate = new TakenRate(0);
    expect(rate.sample(999, { acknowledged: 10, atWindow: 9, dropped: 9 })).toBe(false);
    expect(rate.sample(1000, { acknowledged: 30, atWindow: 1, dropped: 0 })).toBe(true);
    expect([rate.framesPerSecond, rate.isExceeded]).toEqual([Infinity, false]);
    rate.sample(3000, { acknowledged: 60, atWindow: 31, dropped: 30 });
    expect([rate.framesPerSecond, rate.isExceeded]).toEqual([15, true]);
    rate.beginAgain(3500, { acknowledged: 60, atWindow: 40, dropped: 45 });
    rate.sample(4500, { acknowledged: 90, atWindow: 40, dropped: 45 });
    expect(rate.framesPerSecond).toBe(Infinity);
  });
});
