/**
 * The microphone `test`: a tone that changes each second. Owns the sequence and its making; opens no
 * device.
 */
import type { Backend, OpenRequest, Source } from '../source.js';
import { PacedSource } from './paced-source.js';
import { deviceFormat, frameBytes, frameSamples } from './sound-format.js';

/**
 * The tone of each second in Hz, from the first, again and again: the scale of A major upwards, in
 * equal temperament, rounded. Whole numbers: each second holds whole waves, so that the next tone
 * begins where the last one ended, without a click.
 */
export const TONE_SEQUENCE_HZ: readonly number[] = [440, 494, 554, 587, 659, 740, 831, 880];

/** Peak of the sine, of 1: -12 dB below full scale. */
export const TONE_AMPLITUDE = 10 ** (-12 / 20);

/** 48000 Hz, one channel. */
const FORMAT = deviceFormat(1);
const FULL_SCALE = 32_767;

/** The tone in Hz of a second (from 0) since the source was opened. */
export function toneFrequencyAt(second: number): number {
  return TONE_SEQUENCE_HZ[Math.floor(second) % TONE_SEQUENCE_HZ.length] ?? 0;
}

/** Frame `index` (from 0) of the tone: 20 ms of PCM s16le, 48000 Hz, one channel. */
export function toneFrame(index: number): Buffer {
  const payload = Buffer.allocUnsafeSlow(frameBytes(FORMAT));
  const count = frameSamples(FORMAT);
  for (let sample = 0; sample < count; sample += 1) {
    const at = index * count + sample;
    const frequencyHz = toneFrequencyAt(at / FORMAT.sampleRateHz);
    const phase = ((at % FORMAT.sampleRateHz) / FORMAT.sampleRateHz) * frequencyHz;
    const value = TONE_AMPLITUDE * Math.sin(2 * Math.PI * phase);
    payload.writeInt16LE(Math.round(value * FULL_SCALE), sample * 2);
  }
  return payload;
}

/** Always there; its only device is `test`. */
export const testToneBackend: Backend = {
  name: 'test',
  kind: 'audio',
  unavailable: () => Promise.resolve(undefined),
  devices: () => Promise.resolve([{ name: 'test', label: 'tone that changes each second' }]),
  open,
};

function open(request: OpenRequest): Promise<Source> {
  return PacedSource.open(request, {
    backend: 'test',
    device: 'test',
    format: FORMAT,
    frame: toneFrame,
    close: () => Promise.resolve(),
  });
}
