import { describe, expect, it } from 'vitest';
import { StreamMeter } from '../../src/cli/stream-meter.js';
import type { Frame } from '../../src/transport/frame.js';
import { makeFrame } from '../../src/transport/frame.js';

function picture(sequence: number): Frame {
  return makeFrame({ kind: 'screen', sequence, capturedAtUs: 1, payload: Buffer.alloc(1000) });
}

describe('the figures of a stream', () => {
  it('count what is missing between two frames as dropped, over the end of the numbers too', () => {
    const meter = new StreamMeter(0);
    for (const sequence of [0xffff_fffe, 0xffff_ffff, 2, 3]) meter.count(picture(sequence), 5);
    expect(meter.figures(1000)).toEqual({
      framesPerSecond: 4,
      bytesPerSecond: 4000,
      ageP50Ms: 5,
      ageP95Ms: 5,
      dropped: 2,
    });
  });

  it('count nothing as dropped while the stream was not asked for, and forget its old ages', () => {
    const meter = new StreamMeter(0);
    for (const sequence of [1, 2]) meter.count(picture(sequence), 900);
    meter.beginAgain();
    meter.count(picture(500), 7000);
    meter.count(picture(501), 5);
    expect(meter.figures(1000)).toMatchObject({ dropped: 0, ageP95Ms: 5 });
  });
});
