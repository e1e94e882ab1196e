import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Outbox, isAfter, windowFor } from '../../src/transport/outbox.js';

const SPAN = 2 ** 32;

/** A peer that takes what is written, and says false after so many frames until it drains. */
class Peer {
  readonly got: number[] = [];
  room: number;

  constructor(room = Infinity) {
    this.room = room;
  }

  write({ sequence }: { sequence: number }): boolean {
    this.got.push(sequence);
    this.room -= 1;
    return this.room > 0;
  }
}

function outbox(peer: Peer, capacity = 1, windowFrames = Infinity): Outbox<{ sequence: number }> {
  return new Outbox({ capacity, windowFrames, write: (frame) => peer.write(frame) });
}

type Step =
  | { do: 'offer' }
  | { do: 'drain' }
  | { do: 'reset' }
  | { do: 'ack'; behind: number }
  | { do: 'window'; frames: number };

const STEPS = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Step>({ do: 'offer' }) },
    { weight: 2, arbitrary: fc.constant<Step>({ do: 'drain' }) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'reset' }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('ack' as const), behind: fc.nat(5) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('window' as const),
        frames: fc.integer({ min: 1, max: 9 }),
      }),
    },
  ),
  { maxLength: 120 },
);

describe('Outbox', () => {
  it('writes at once while the peer takes everything', () => {
    const peer = new Peer();
    const box = outbox(peer);
    for (let sequence = 0; sequence < 5; sequence += 1) box.offer({ sequence });
    expect(peer.got).toEqual([0, 1, 2, 3, 4]);
    expect(box.stats).toEqual({ written: 5, dropped: 0 });
    expect(box.ready).toBe(true);
  });

  it('keeps only the newest picture while the peer is slow, and counts the others', () => {
    const peer = new Peer(1);
    const box = outbox(peer);
    for (let sequence = 0; sequence < 10; sequence += 1) box.offer({ sequence });
    expect([peer.got, box.waiting, box.ready]).toEqual([[0], 1, false]);
    box.drained();
    expect(peer.got).toEqual([0, 9]);
    expect(box.stats).toEqual({ written: 2, dropped: 8 });
  });

  it('keeps as much sound as its capacity and drops the oldest', () => {
    const peer = new Peer(1);
    const box = outbox(peer, 10);
    for (let sequence = 0; sequence < 16; sequence += 1) box.offer({ sequence });
    peer.room = Infinity;
    box.drained();
    expect(peer.got).toEqual([0, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(box.stats).toEqual({ written: 11, dropped: 5 });
  });

  it('has at most the window under way, and goes on with the newest when one is acknowledged', () => {
    const peer = new Peer();
    const box = outbox(peer, 1, 3);
    for (let sequence = 0; sequence < 8; sequence += 1) box.offer({ sequence });
    expect(peer.got).toEqual([0, 1, 2]);
    box.acknowledged(1);
    expect(peer.got).toEqual([0, 1, 2, 7]);
    box.offer({ sequence: 8 });
    expect(peer.got).toEqual([0, 1, 2, 7, 8]);
    box.offer({ sequence: 9 });
    expect([peer.got.length, box.waiting]).toEqual([5, 1]);
  });

  it('goes on when the window grows', () => {
    const peer = new Peer();
    const box = outbox(peer, 1, 1);
    for (let sequence = 0; sequence < 3; sequence += 1) box.offer({ sequence });
    box.setWindow(2);
    expect(peer.got).toEqual([0, 2]);
  });

  it('counts acknowledgements across the end of the numbers', () => {
    const peer = new Peer();
    const box = outbox(peer, 1, 4);
    for (const sequence of [SPAN - 2, SPAN - 1, 0, 1]) box.offer({ sequence });
    box.acknowledged(SPAN - 1);
    box.offer({ sequence: 2 });
    box.offer({ sequence: 3 });
    expect(peer.got).toEqual([SPAN - 2, SPAN - 1, 0, 1, 2, 3]);
    box.offer({ sequence: 4 });
    expect(box.waiting).toBe(1);
    box.acknowledged(0);
    expect(peer.got.at(-1)).toBe(4);
  });

  it('forgets for a new connection what waited and what was under way', () => {
    const peer = new Peer();
    const box = outbox(peer, 1, 2);
    for (let sequence = 0; sequence < 4; sequence += 1) box.offer({ sequence });
    box.reset();
    expect(box.stats).toEqual({ written: 2, dropped: 2 });
    box.offer({ sequence: 4 });
    box.offer({ sequence: 5 });
    expect(peer.got).toEqual([0, 1, 4, 5]);
  });

  it('takes nothing once it is closed, and counts that, too', () => {
    const peer = new Peer(1);
    const box = outbox(peer);
    for (let sequence = 0; sequence < 3; sequence += 1) box.offer({ sequence });
    box.close();
    box.close();
    box.offer({ sequence: 3 });
    box.drained();
    expect(peer.got).toEqual([0]);
    expect([box.stats, box.waiting, box.ready]).toEqual([{ written: 1, dropped: 3 }, 0, false]);
  });

  it('keeps its promises whatever happens in whatever order', () => {
    fc.assert(
      fc.property(
        STEPS,
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: SPAN - 1 }),
        fc.integer({ min: 1, max: 4 }),
        (steps, capacity, firstWindow, firstSequence, room) => {
          const peer = new Peer(room);
          const box = outbox(peer, capacity, firstWindow);
          let offered = 0;
          let windowFrames = firstWindow;
          let mostWindow = firstWindow;
          let underWay: number[] = [];
          for (const step of steps) {
            const writtenBefore = peer.got.length;
            const newest = (firstSequence + offered - 1) % SPAN;
            if (step.do === 'offer') {
              box.offer({ sequence: (firstSequence + offered) % SPAN });
              offered += 1;
            } else if (step.do === 'drain') {
              peer.room = room;
              box.drained();
            } else if (step.do === 'window') {
              windowFrames = step.frames;
              mostWindow = Math.max(mostWindow, windowFrames);
              box.setWindow(windowFrames);
            } else if (step.do === 'reset') {
              underWay = [];
              peer.room = room;
              box.reset();
            } else if (offered > 0) {
              const upTo = (newest - step.behind + SPAN) % SPAN;
              underWay = underWay.filter((sequence) => isAfter(sequence, upTo));
              box.acknowledged(upTo);
            }
            underWay.push(...peer.got.slice(writtenBefore));
            expect(box.waiting).toBeLessThanOrEqual(capacity);
            expect(underWay.length).toBeLessThanOrEqual(mostWindow);
            if (peer.got.length > writtenBefore) {
              expect(underWay.length).toBeLessThanOrEqual(windowFrames);
            }
            expect(box.stats.written).toBe(peer.got.length);
            expect(box.stats.written + box.stats.dropped + box.waiting).toBe(offered);
          }
          // In order, and the newest is never the one that is dropped.
          const places = peer.got.map((sequence) => (sequence - firstSequence + SPAN) % SPAN);
          expect(places).toEqual([...places].sort((one, other) => one - other));
          expect(new Set(places).size).toBe(places.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('always has the newest frame written or waiting', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        (drains, room) => {
          const peer = new Peer(room);
          const box = outbox(peer);
          drains.forEach((drains_, sequence) => {
            box.offer({ sequence });
            const isWritten = peer.got.at(-1) === sequence;
            expect(box.waiting).toBe(isWritten ? 0 : 1);
            if (!drains_) return;
            peer.room = room;
            box.drained();
            expect(peer.got.at(-1)).toBe(sequence);
          });
        },
      ),
    );
  });
});

describe('windowFor', () => {
  it.each([
    [10, 0, 2],
    [30, 10, 2],
    [30, 34, 3],
    [30, 100, 5],
    [60, 500, 32],
    [0, 1000, 2],
  ])('is at %i frames a second and a round trip of %i ms %i frames', (fps, roundTripMs, frames) => {
    expect(windowFor(fps, roundTripMs)).toBe(frames);
  });
});

describe('isAfter', () => {
  it('compares modulo 2^32', () => {
    const number = fc.integer({ min: 0, max: SPAN - 1 });
    fc.assert(
      fc.property(number, fc.integer({ min: 1, max: SPAN / 2 - 1 }), (reference, ahead) => {
        const sequence = (reference + ahead) % SPAN;
        expect(isAfter(sequence, reference)).toBe(true);
        expect(isAfter(reference, sequence)).toBe(false);
        expect(isAfter(reference, reference)).toBe(false);
      }),
    );
  });
});
