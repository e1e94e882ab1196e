import { expect, test } from 'vitest';
import { ffmpegWords } from '../../src/capture/ffmpeg-words.js';

test('are its last lines, without addresses and without advice on its own options', () => {
  expect(
    ffmpegWords(
      "Stream map '0:v:0' matches no streams.\nTo ignore this, add a trailing '?' to the map.\n",
    ),
  ).toBe("Stream map '0:v:0' matches no streams");
  expect(
    ffmpegWords(
      '[x11grab @ 0x55a5dc4e4bc0] Cannot open display :77, error 1.\n:77: Input/output error\n',
    ),
  ).toBe('Cannot open display :77, error 1; :77: Input/output error');
});

test('say once what it said again and again', () => {
  const line = '[x11grab @ 0x1f] Cannot get the image data\n';
  expect(ffmpegWords(`first\nsecond\n${line.repeat(5)}`)).toBe(
    'first; second; Cannot get the image data',
  );
});

test('are empty where it said nothing, and never many', () => {
  expect(ffmpegWords(' \n\n')).toBe('');
  expect(ffmpegWords('x'.repeat(5000))).toHaveLength(400);
});
