import { expect, test } from 'vitest';
import { GapLedger } from '../../../src/daemon/recording/gap-ledger.js';
import { pictureFrame } from './frames.js';

test('Frames dropped in a row become one line, with their number, bytes, sequences and times', () => {
  const gaps = new GapLedger();
  for (const sequence of [4, 5, 6]) {
    const frame = pictureFrame('screen', sequence, Buffer.alloc(100));
    gaps.addFrame({ frame, format: undefined, receivedAtUs: sequence * 10, era: 0 }, 'queue-full');
  }
  expect(gaps.take()).toEqual([
    {
      type: 'gap',
      kind: 'screen',
      reason: 'queue-full',
      frames: 3,
      sizeBytes: 300,
      fromSeq: 4,
      toSeq: 6,
      fromUs: 40,
      toUs: 60,
    },
  ]);
  expect(gaps.take()).toEqual([]);
});

test('A note says no more than the hub knew, and kinds and reasons stay apart', () => {
  const gaps = new GapLedger();
  gaps.addNote('audio', { reason: 'away', fromUs: 1, toUs: 2 });
  gaps.addNote('audio', { reason: 'lost', frames: 2, fromUs: 3, toUs: 3 });
  gaps.addNote('video', { reason: 'away', fromUs: 1, toUs: 2 });
  gaps.addNote('audio', { reason: 'away', fromUs: 5, toUs: 9 });
  expect(gaps.take()).toEqual([
    { type: 'gap', kind: 'audio', reason: 'away', fromUs: 1, toUs: 9 },
    { type: 'gap', kind: 'audio', reason: 'lost', frames: 2, fromUs: 3, toUs: 3 },
    { type: 'gap', kind: 'video', reason: 'away', fromUs: 1, toUs: 2 },
  ]);
});
