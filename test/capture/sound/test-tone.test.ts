import { describe, expect, it } from 'vitest';
import {
  TONE_SEQUENCE_HZ,
  testToneBackend,
  toneFrame,
  toneFrequencyAt,
} from '../../../src/capture/sound/test-tone.js';
import { largestStep, loudestFrequencyHz, rmsOf } from '../../setup/tone.js';
import type { Pcm } from '../../setup/tone.js';
import { KeepingSink, contextWith, openSound } from './sound-bench.js';
import { SteppedClock, settled } from './stepped-clock.js';

function mono(bytes: Buffer): Pcm {
  return { bytes, sampleRateHz: 48_000, channels: 1 };
}

function seconds(from: number, count: number): Pcm {
  const frames = Array.from({ length: count * 50 }, (_, index) => toneFrame(from * 50 + index));
  return mono(Buffer.concat(frames));
}

describe('the test tone', () => {
  it('sounds each frequency of its table for a second and then begins again', () => {
    const rounds = TONE_SEQUENCE_HZ.length + 1;
    const heard = Array.from({ length: rounds }, (_, second) =>
      Math.round(loudestFrequencyHz(seconds(second, 1))),
    );
    expect(heard).toEqual([...TONE_SEQUENCE_HZ, TONE_SEQUENCE_HZ[0]]);
    expect(heard).toEqual(heard.map((_, second) => toneFrequencyAt(second + 0.5)));
  });

  it('is 12 dB below full scale and changes its pitch without a click', () => {
    const pcm = seconds(0, 9);
    expect(20 * Math.log10(rmsOf(pcm) * Math.SQRT2)).toBeCloseTo(-12, 1);
    expect(largestStep(pcm)).toBeLessThan(((2 * Math.PI * 880) / 48_000) * 0.2512 * 1.01);
  });

  it('gives its first frame at once and each other on the absolute schedule', async () => {
    const clock = new SteppedClock();
    const sink = new KeepingSink();
    const startUs = clock.wallUs();
    const source = await openSound(testToneBackend, contextWith({}, {}, clock), 'test', sink);
    expect(sink.captured).toHaveLength(1);
    await clock.run(1000);
    expect(sink.captured.map(({ capturedAtUs }) => capturedAtUs - startUs)).toEqual(
      Array.from({ length: 51 }, (_, index) => index * 20_000),
    );
    expect(Buffer.concat(sink.captured.map(({ payload }) => payload))).toEqual(
      Buffer.concat(Array.from({ length: 51 }, (_, index) => toneFrame(index))),
    );
    await source.close();
    await clock.run(100);
    expect(sink.captured).toHaveLength(51);
  });

  it('makes up for 100 ms in which the process stood still, and leaves out 500 ms', async () => {
    const clock = new SteppedClock();
    const sink = new KeepingSink();
    const source = await openSound(testToneBackend, contextWith({}, {}, clock), undefined, sink);
    clock.jump(100);
    await settled();
    expect(sink.captured).toHaveLength(6);
    const before = sink.captured.at(-1)?.capturedAtUs ?? 0;
    clock.jump(500);
    await settled();
    expect(sink.captured).toHaveLength(7);
    expect((sink.captured.at(-1)?.capturedAtUs ?? 0) - before).toBe(500_000);
    expect(sink.captured.at(-1)?.payload).toEqual(toneFrame(30));
    await source.close();
  });

  it('closes twice without harm and refuses to open once the signal has aborted', async () => {
    const sink = new KeepingSink();
    const source = await openSound(testToneBackend, contextWith({}), 'test', sink);
    await Promise.all([source.close(), source.close()]);
    const aborted = openSound(testToneBackend, contextWith({}), 'test', sink, AbortSignal.abort());
    await expect(aborted).rejects.toMatchObject({ code: 'MEET_CLOSED' });
  });
});
