/** The ways to capture a camera, in the order of `auto`; `test` and `file` only when asked for. */
import { filePictures } from '../pictures/file-pictures.js';
import { testPictures } from '../pictures/test-pictures.js';
import type { Backend } from '../source.js';
import { ffmpegCamera } from './ffmpeg-camera.js';
import { webcamCamera } from './webcam-camera.js';

export const cameraBackends: readonly Backend[] = [
  ffmpegCamera,
  webcamCamera(),
  testPictures('video'),
  filePictures('video'),
];
