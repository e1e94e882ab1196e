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

/** Frames go out as they come in; ffmpeg before 5.1 knows this as `-vsync passthrough`. */
export const PASS_FRAMES: readonly string[] = ['-fps_mode', 'passthrough'];
export const PASS_FRAMES_LEGACY: readonly string[] = ['-vsync', 'passthrough'];

/** What follows `-i` to encode: `filters` come before the scaling. */
export function encodeArgs(wish: PictureWish, filters: readonly string[] = []): readonly string[] {
  const qscale = qscaleOf(wish.quality);
  const format = wish.quality >= FULL_COLOUR_QUALITY ? 'yuvj444p' : 'yuvj420p';
  return [
    ...['-map', '0:v:0', '-vf', [...filters, scaleFilter(wish), `format=${format}`].join(',')],
    ...['-c:v', 'mjpeg', '-threads', '1', '-q:v', String(qscale)],
    ...(qscale === 1 ? ['-qmin', '1'] : []), // ffmpeg's own floor is 2
    ...PASS_FRAMES,
    ...['-f', 'mpjpeg', 'pipe:1'],
  ];
}

/** What follows `-i` to pass a camera's own JPEGs on, with the Huffman tables that cameras omit. */
export const COPY_ARGS: readonly string[] = [
  ...['-map', '0:v:0', '-c:v', 'copy', '-bsf:v', 'mjpeg2jpeg'],
  ...['-f', 'mpjpeg', 'pipe:1'],
];
