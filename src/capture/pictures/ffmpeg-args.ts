/**
 * The part of ffmpeg's arguments that all pictures share: scaling, quality, one thread, mpjpeg out.
 * Owns the mapping from libjpeg's quality to ffmpeg's; starts nothing.
 */
import type { PictureWish } from '../source.js';

/** From this quality on colour is kept at full resolution, as sharp does here too. */
export const FULL_COLOUR_QUALITY = 90;

/**
 * ffmpeg's quantiser for libjpeg's quality. libjpeg scales its tables by 50/q below 50 and by 2-q/50
 * from there (jcparam.c, jpeg_quality_scaling); ffmpeg's mjpeg scales MPEG-1's intra matrix by
 * qscale/8 (mjpegenc_common.c). The factor 12 gives the same PSNR within 1 dB on text and within
 * 0.3 dB on a fractal (measured against libjpeg at quality 30 to 95), at 0.95 of the bytes.
 */
export function qscaleOf(quality: number): number {
  const scale = quality < 50 ? 50 / quality : 2 - quality / 50;
  return Math.min(31, Math.max(1, Math.round(12 * scale)));
}

/** A filter that only ever makes a picture smaller, to fit the wish, and keeps its shape. */
export function scaleFilter({ maxWidth, maxHeight }: PictureWish): string {
  // `area` costs what bilinear does, here and as the converter to YUV, and blurs least (measured).
  return (
    `scale=w='min(iw,${maxWidth})':h='min(ih,${maxHeight})'` +
    ':force_original_aspect_ratio=decrease:flags=area'
  );
}

/** What stands before `-i`: quiet, no questions, one thread. */
export const QUIET_ARGS: readonly string[] = [
  '-hide_banner',
  '-nostdin',
  '-loglevel',
  'error',
  '-filter_threads',
  '1',
  '-threads',
  '1',
];

/**
 * What follows `-i` to encode: `filters` come before the scaling. Each frame that comes in goes out,
 * once: frames are numbered anew, since ffmpeg rounds a grabber's times of day to the frame rate and
 * ends with "Invalid pts" when two fall together on a loaded machine or the clock is set back.
 */
export function encodeArgs(wish: PictureWish, filters: readonly string[] = []): readonly string[] {
  const qscale = qscaleOf(wish.quality);
  const format = wish.quality >= FULL_COLOUR_QUALITY ? 'yuvj444p' : 'yuvj420p';
  const numbered = [`settb=1/${wish.fps}`, 'setpts=N'];
  const chain = [...filters, scaleFilter(wish), `format=${format}`, ...numbered].join(',');
  return [
    ...['-map', '0:v:0', '-vf', chain, '-r', String(wish.fps)],
    ...['-c:v', 'mjpeg', '-threads', '1', '-q:v', String(qscale)],
    ...(qscale === 1 ? ['-qmin', '1'] : []), // ffmpeg's own floor is 2
    ...['-f', 'mpjpeg', 'pipe:1'],
  ];
}

/** What follows `-i` to pass a camera's own JPEGs on, with the Huffman tables that cameras omit. */
export const COPY_ARGS: readonly string[] = [
  ...['-map', '0:v:0', '-c:v', 'copy', '-bsf:v', 'mjpeg2jpeg'],
  ...['-f', 'mpjpeg', 'pipe:1'],
];
