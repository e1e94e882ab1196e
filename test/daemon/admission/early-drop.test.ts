import { describe, expect, it } from 'vitest';
import { isDropped } from '../../../src/daemon/admission/early-drop.js';
import { limitsWith } from '../../../src/transport/limits.js';

const LIMITS = limitsWith({
  'early-drop-begin': 10,
  'early-drop-percent': 20,
  'early-drop-full': 18,
});

/** The chance below which one more is turned away, in hundredths. */
function share(count: number): number {
  const hundredths = Array.from({ length: 100 }, (_, at) => at + 0.5);
  return hundredths.filter((at) => isDropped(count, LIMITS, () => at / 100)).length;
}

describe('random early drop', () => {
  it('turns nobody away below where it begins', () => {
    expect([0, 9].map(share)).toEqual([0, 0]);
  });

  it('begins with its share, and grows evenly to all', () => {
    expect([10, 12, 14, 16, 18, 1000].map(share)).toEqual([20, 40, 60, 80, 100, 100]);
  });
});
