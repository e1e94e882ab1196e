import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  WAV_MOST_BYTES,
  decodeWavHeader,
  encodeWavHeader,
  isWavFormat,
} from '../../../src/daemon/recording/wav-header.js';
import { SOUND } from './frames.js';

test('A header is laid out as RIFF WAVE says, byte by byte', () => {
  expect(encodeWavHeader(SOUND, 4096).toString('hex')).toBe(
    '52494646' + // RIFF
      '24100000' + // 36 + 4096
      '57415645666d7420' + // WAVE, fmt
      '10000000' + // 16 bytes of fmt
      '01000200' + // PCM, 2 channels
      '44ac0000' + // 44100 Hz
      '10b10200' + // 176400 bytes a second
      '04001000' + // 4 bytes a sample of all channels, 16 bits
      '6461746100100000', // data, 4096
  );
});

test('A header that was written is read back', () => {
  const format = fc.record({
    codec: fc.constant('pcm-s16le' as const),
    sampleRateHz: fc.integer({ min: 1, max: 1_000_000 }),
    channels: fc.integer({ min: 1, max: 64 }),
  });
  const dataBytes = fc.integer({ min: 0, max: WAV_MOST_BYTES });
  fc.assert(
    fc.property(format, dataBytes, (written, bytes) => {
      expect(decodeWavHeader(encodeWavHeader(written, bytes))).toEqual({
        format: written,
        dataBytes: bytes,
      });
    }),
  );
});

test('Anything else is no header', () => {
  const bytes = fc.uint8Array({ minLength: 0, maxLength: 60 });
  fc.assert(
    fc.property(bytes, (some) => {
      expect(decodeWavHeader(Buffer.from(some))).toBeUndefined();
    }),
  );
});

test.each([
  [0, 2],
  [44_100, 0],
  [44_100, 65],
  [44_100.5, 2],
  [2_000_000, 2],
  [Number.NaN, 2],
])('%d Hz with %d channels is no format that a WAV can hold', (sampleRateHz, channels) => {
  expect(isWavFormat({ codec: 'pcm-s16le', sampleRateHz, channels })).toBe(false);
});
