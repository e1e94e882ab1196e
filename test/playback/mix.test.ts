import { describe, expect, it } from 'vitest';
import { LevelMeter } from '../../src/playback/level-meter.js';
import { Limiter } from '../../src/playback/limiter.js';
import { NullOutput } from '../../src/playback/null-output.js';
import { pcmOfStereo, stereoOfPcm } from '../../src/playback/pcm.js';
import { Resampler } from '../../src/playback/resampler.js';
import { SoundRoom } from '../../src/playback/sound-room.js';
import { ManualClock } from '../setup/manual-clock.js';
import type { Pcm } from '../setup/tone.js';
import { loudestFrequencyHz, rmsOf } from '../setup/tone.js';
import { ToneFrames } from './sound-frames.js';

const RATE_HZ = 48_000;
const BLOCK = 960;
const SECOND = RATE_HZ * 2;

/** A sine of one second and more, left and right alike, as blocks are asked for. */
function sine(frequencyHz: number, rateHz: number, amplitude = 0.5) {
  let frame = 0;
  return (target: Float32Array): void => {
    for (let index = 0; index < target.length; index += 2) {
      const value = amplitude * Math.sin((2 * Math.PI * frequencyHz * frame) / rateHz);
      target[index] = value;
      target[index + 1] = value;
      frame += 1;
    }
  };
}

/** The second second of a tone after resampling to 48 kHz. */
function resampled(frequencyHz: number, rateHz: number, correction = 0): Float32Array {
  const resampler = new Resampler(rateHz);
  const read = sine(frequencyHz, rateHz);
  const whole = new Float32Array(SECOND * 2);
  for (let at = 0; at < whole.length; at += BLOCK) {
    resampler.process(read, whole.subarray(at, at + BLOCK), correction);
  }
  return whole.subarray(SECOND);
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
}

/** What is left of one second when the best fitting sine of that frequency is taken away, in dB. */
function noiseDb(samples: Float32Array, frequencyHz: number): number {
  const rest = rms(without(samples, frequencyHz));
  return 20 * Math.log10(rest / Math.sqrt(2 * (rms(samples) ** 2 - rest ** 2)));
}

/** One second without the best fitting sine of that frequency. */
function without(samples: Float32Array, frequencyHz: number): Float32Array {
  let sine = 0;
  let cosine = 0;
  const turn = (index: number) => (2 * Math.PI * frequencyHz * (index >> 1)) / RATE_HZ;
  samples.forEach((value, index) => {
    sine += (2 * value * Math.sin(turn(index))) / samples.length;
    cosine += (2 * value * Math.cos(turn(index))) / samples.length;
  });
  return samples.map(
    (value, index) => value - sine * Math.sin(turn(index)) - cosine * Math.cos(turn(index)),
  );
}

function pcmOf(samples: Float32Array): Pcm {
  return { bytes: pcmOfStereo(samples), sampleRateHz: RATE_HZ, channels: 2 };
}

describe('resampling', () => {
  it.each([8000, 11_025, 16_000, 22_050, 44_100, 48_000, 88_200, 96_000, 192_000])(
    'keeps 440 Hz of %d Hz at 440 Hz, with less than -60 dB of anything else',
    (rateHz) => {
      const samples = resampled(440, rateHz);
      expect(loudestFrequencyHz(pcmOf(samples))).toBeCloseTo(440, 0);
      expect(noiseDb(samples, 440)).toBeLessThan(-60);
      expect(rms(samples)).toBeCloseTo(0.5 / Math.SQRT2, 3);
    },
  );

  it.each([
    [96_000, 30_000],
    [96_000, 25_000],
    [192_000, 40_000],
    [88_200, 27_000],
  ])(
    'lets nothing of %d Hz above the new range through: a tone of %d Hz is below -60 dB',
    (rateHz, frequencyHz) => {
      expect(
        20 * Math.log10(rms(resampled(frequencyHz, rateHz)) / (0.5 / Math.SQRT2)),
      ).toBeLessThan(-60);
    },
  );

  it('makes no image above the old range: 3 kHz of 8 kHz has nothing at 5 kHz', () => {
    expect(noiseDb(resampled(3000, 8000), 3000)).toBeLessThan(-60);
  });

  it('shifts the pitch by exactly its correction', () => {
    const samples = resampled(1000, 48_000, 0.005);
    expect(noiseDb(samples, 1005)).toBeLessThan(-60);
  });
});

describe('the limiter', () => {
  it('keeps two tones of full scale below it, each wave with its top', () => {
    const loud = new Float32Array(2 * SECOND);
    sine(440, RATE_HZ, 1)(loud);
    const other = new Float32Array(2 * SECOND);
    sine(660, RATE_HZ, 1)(other);
    loud.forEach((value, index) => (loud[index] = value + (other[index] ?? 0)));
    new Limiter().process(loud);
    expect(loud.every((value) => Math.abs(value) <= 0.8911)).toBe(true);
    const later = loud.subarray(SECOND);
    expect(rms(later)).toBeGreaterThan(0.3);
    // What two pure tones have beside the one, and beside the other.
    expect(noiseDb(without(later, 660), 440)).toBeLessThan(-60);
    const quiet = new Float32Array(BLOCK);
    sine(440, RATE_HZ, 0.5)(quiet);
    const limited = quiet.slice();
    new Limiter().process(limited);
    expect(limited).toEqual(quiet);
  });

  it('never lets a sample wrap when it becomes a number of 16 bits', () => {
    const bytes = pcmOfStereo(Float32Array.from([1, -1, 1.5, -1.5]));
    expect([0, 2, 4, 6].map((at) => bytes.readInt16LE(at))).toEqual([32767, -32767, 32767, -32768]);
    expect(stereoOfPcm(Buffer.from([0x00, 0x40, 0x01]), 1)).toEqual(Float32Array.from([0.5, 0.5]));
  });
});

describe('levels', () => {
  it('tell loudness over 50 ms, and speaking with a pause between words', () => {
    const meter = new LevelMeter();
    const block = new Float32Array(BLOCK);
    const read = sine(1000, RATE_HZ, 0.2);
    const observe = (blocks: number, silent = false) => {
      for (let count = 0; count < blocks; count += 1) {
        if (silent) block.fill(0);
        else read(block);
        meter.observe(block);
      }
    };
    observe(5);
    expect(meter.level.rms).toBeCloseTo(0.2 / Math.SQRT2, 3);
    expect(meter.level.speaking).toBe(false);
    observe(10);
    expect(meter.level.speaking).toBe(true);
    observe(30, true);
    expect(meter.level).toEqual({ rms: 0, speaking: true });
    observe(30, true);
    expect(meter.level.speaking).toBe(false);
  });
});

describe('the room', () => {
  function makeRoom() {
    const clock = new ManualClock();
    const played: number[] = [];
    const room = new SoundRoom({
      clock,
      output: (pull) =>
        new NullOutput({
          clock,
          pull: (block) => {
            pull(block);
            played.push(...block);
          },
        }),
    });
    const speak = (participants: readonly (readonly [number, ToneFrames])[], packets: number) => {
      for (let sequence = 0; sequence < packets; sequence += 1) {
        for (const [participant, tone] of participants) {
          room.push(participant, tone.frame(sequence), tone.format);
        }
        clock.advance(20);
      }
      return Float32Array.from(played.slice(-RATE_HZ));
    };
    return { clock, room, speak, played };
  }

  it('mixes a participant of 44100 Hz in stereo with one of 16000 Hz in mono', () => {
    const { room, speak } = makeRoom();
    const one = new ToneFrames({ frequencyHz: 440, sampleRateHz: 44_100, channels: 2 });
    const other = new ToneFrames({ frequencyHz: 1000, sampleRateHz: 16_000 });
    const mix = speak(
      [
        [1, one],
        [2, other],
      ],
      100,
    );
    expect(rms(mix)).toBeCloseTo(0.25, 1);
    expect(rms(mix)).toBeGreaterThan(0.22);
    expect(room.level(1).speaking && room.level(2).speaking).toBe(true);
    expect(room.stats().map(({ participant }) => participant)).toEqual([1, 2]);
  });

  it('plays nothing of who is muted or ignored, and still tells that the muted one speaks', () => {
    const { room, speak } = makeRoom();
    const tone = new ToneFrames({ frequencyHz: 440 });
    room.setMuted(1, true);
    room.ignore(2);
    const mix = speak(
      [
        [1, tone],
        [2, tone],
      ],
      100,
    );
    expect(rms(mix)).toBe(0);
    expect(room.isMuted(1)).toBe(true);
    expect(room.level(1).speaking).toBe(true);
    expect(room.level(2)).toEqual({ rms: 0, speaking: false });
  });

  it('takes whatever is pushed without throwing', () => {
    const { room, clock } = makeRoom();
    const tone = new ToneFrames({ frequencyHz: 440 });
    const formats = [
      { codec: 'pcm-s16le', sampleRateHz: 0, channels: 1 },
      { codec: 'pcm-s16le', sampleRateHz: Number.NaN, channels: 1 },
      { codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 6 },
    ] as const;
    for (const format of formats) room.push(1, tone.frame(0), format);
    expect(room.stats()).toEqual([]);
    for (const sequence of [0, 4_294_967_295, 7, 7, 1_000_000, 3]) {
      room.push(1, { ...tone.frame(0), sequence }, { ...tone.format, channels: 2 });
      clock.advance(20);
    }
    expect(room.stats()).toHaveLength(1);
  });

  it('keeps 256 voices at most, and forgets who leaves', async () => {
    const { room } = makeRoom();
    const tone = new ToneFrames({ frequencyHz: 440 });
    for (let participant = 1; participant <= 300; participant += 1) {
      room.push(participant, tone.frame(0), tone.format);
    }
    expect(room.stats()).toHaveLength(256);
    room.remove(300);
    expect(room.stats()).toHaveLength(255);
    await room.close();
    await room.close();
    room.push(1, tone.frame(1), tone.format);
    expect(room.stats()).toEqual([]);
  });

  it('asks for nothing any more when it is closed', async () => {
    const { room, clock } = makeRoom();
    await room.close();
    expect(clock.pending).toBe(0);
  });

  it('plays a tone at its level and, once the clocks are known, at its pitch', () => {
    const { speak } = makeRoom();
    const heard = pcmOf(speak([[1, new ToneFrames({ frequencyHz: 440 })]], 2000));
    expect(Math.abs(loudestFrequencyHz(heard) - 440)).toBeLessThan(0.1);
    expect(rmsOf(heard)).toBeCloseTo(0.25 / Math.SQRT2, 3);
  });
});
