// @ts-check
/**
 * A clip whose whole picture moves, with the noise of a camera, made by ffmpeg without an encoder's
 * randomness. Owns the command.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { requireProgram, runProgram } from './program.mjs';

/** Made small, since each of its pixels is a loop of its own. */
const SCENE =
  'mandelbrot=rate=30:start_scale=1:end_scale=0.01:end_pts=300:size=480x270,scale=1920:1080,noise=alls=6:allf=t';

/**
 * A film of 1920x1080 at 30 pictures a second, H.264.
 *
 * @param {string} folder
 * @param {number} seconds
 */
export async function makeClip(folder, seconds) {
  const path = join(folder, 'clip.mp4');
  const encoding = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-pix_fmt', 'yuv420p'];
  await ffmpeg(['-t', String(seconds), ...encoding, path]);
  return path;
}

/**
 * A folder of JPEGs of the same scene.
 *
 * @param {string} folder
 * @param {number} count
 * @param {string} size `640x360`
 */
export async function makePictures(folder, count, size) {
  const pictures = join(folder, 'pictures');
  mkdirSync(pictures);
  const encoding = ['-s', size, '-pix_fmt', 'yuvj420p', '-q:v', '4'];
  await ffmpeg(['-frames:v', String(count), ...encoding, join(pictures, '%04d.jpg')]);
  return pictures;
}

/** @param {readonly string[]} output */
async function ffmpeg(output) {
  requireProgram('ffmpeg', 'ffmpeg');
  const input = ['-nostdin', '-loglevel', 'error', '-f', 'lavfi', '-i', SCENE];
  await runProgram('ffmpeg', [...input, ...output]);
}
