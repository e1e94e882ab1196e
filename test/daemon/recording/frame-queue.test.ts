import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Waiting } from '../../../src/daemon/recording/frame-queue.js';
import { FrameQueue } from '../../../src/daemon/recording/frame-queue.js';
import { makeFrame } from '../../../src/transport/frame.js';
import type { StreamKind } from '../../../src/transport/stream-kind.js';

/** Record header and what the queue counts for each frame beside its bytes. */
const OVERHEAD = 32 + 256;

function waiting(kind: StreamKind, sequence: number, costBytes = 1000): Waiting {
  const payload = Buffer.alloc(costBytes - OVERHEAD);
  const frame = makeFrame({ kind, sequence, capturedAtUs: 0, payload });
  return { frame, format: undefined, receivedAtUs: 0, era: 0 };
}

function offerAll(queue: FrameQueue, items: readonly Waiting[]): string[] {
  const dropped: string[] = [];
  for (const item of items) {
    queue.offer(item, ({ frame }) => dropped.push(`${frame.kind} ${frame.sequence}`));
  }
  return dropped;
}

describe('A full queue', () => {
  test('drops its oldest picture for a new one, and keeps sound', () => {
    const queue = new FrameQueue(3000);
    const items = [waiting('audio', 0), waiting('screen', 0), waiting('video', 1)];
    expect(offerAll(queue, items)).toEqual([]);
    expect(offerAll(queue, [waiting('screen', 2)])).toEqual(['screen 0']);
  });

  test('drops all pictures before any sound', () => {
    const queue = new FrameQueue(3000);
    offerAll(queue, [waiting('audio', 0), waiting('screen', 0), waiting('screen', 1)]);
    const sounds = [1, 2, 3].map((sequence) => waiting('audio', sequence));
    expect(offerAll(queue, sounds)).toEqual(['screen 0', 'screen 1', 'audio 0']);
  });

  test('refuses a picture that only sound could make room for', () => {
    const queue = new FrameQueue(3000);
    offerAll(queue, [waiting('audio', 0), waiting('audio', 1), waiting('screen', 0)]);
    expect(offerAll(queue, [waiting('screen', 1, 1500)])).toEqual(['screen 1']);
    expect(queue.takePicture()?.frame.sequence).toBe(0);
  });

  test('counts what is being written, and does not drop it', () => {
    const queue = new FrameQueue(3000);
    offerAll(queue, [waiting('screen', 0), waiting('screen', 1)]);
    queue.takePicture();
    queue.takePicture();
    expect(offerAll(queue, [waiting('screen', 2, 1500)])).toEqual(['screen 2']);
    queue.release();
    expect(offerAll(queue, [waiting('screen', 3, 1500)])).toEqual([]);
  });
});

test('A queue never holds more than its limit, and every frame leaves it exactly once', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constantFrom<StreamKind>('screen', 'video', 'audio'),
      cost: fc.integer({ min: OVERHEAD, max: 6000 }),
    }),
    fc.constantFrom('sounds' as const, 'picture' as const, 'release' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new FrameQueue(10_000);
      const left: number[] = [];
      const leave = (item: Waiting) => left.push(item.frame.sequence);
      let offered = 0;
      for (const next of steps) {
        if (next === 'release') queue.release();
        else if (typeof next === 'object') {
          queue.offer(waiting(next.kind, offered, next.cost), leave);
          offered += 1;
        } else {
          const picture = next === 'picture' ? queue.takePicture() : undefined;
          const sounds = next === 'sounds' ? queue.takeSounds(2000) : [];
          for (const item of picture === undefined ? sounds : [picture]) {
            queue.settle(item);
            leave(item);
          }
        }
        expect(queue.heldBytes).toBeLessThanOrEqual(10_000);
      }
      queue.clear().forEach(leave);
      expect(queue.heldBytes).toBe(0);
      expect(left.sort((one, other) => one - other)).toEqual([...Array(offered).keys()]);
    }),
  );
});
