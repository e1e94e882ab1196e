/** The ways to capture a screen, in the order of `auto`; `test` and `file` only when asked for. */
import { filePictures } from '../pictures/file-pictures.js';
import { testPictures } from '../pictures/test-pictures.js';
import type { Backend } from '../source.js';
import { ffmpegScreen } from './ffmpeg-screen.js';
import { screenshotScreen } from './screenshot-screen.js';

export const screenBackends: readonly Backend[] = [
  ffmpegScreen,
  screenshotScreen(),
  testPictures('screen'),
  filePictures('screen'),
];
