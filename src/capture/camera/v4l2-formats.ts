/**
 * What a V4L2 camera offers, as `ffmpeg -f v4l2 -list_formats all` prints it, and which of it suits a
 * wish. Owns the reading of that print and the choice; starts nothing.
 */
import type { PictureSize } from '../../transport/jpeg-header.js';
import type { PictureWish } from '../source.js';

export interface V4l2Format {
  /** Compressed by the camera: Motion JPEG. */
  readonly isMjpeg: boolean;
  /** ffmpeg's name: `mjpeg`, `yuyv422`. */
  readonly name: string;
  readonly sizes: readonly PictureSize[];
}

export interface V4l2Choice {
  readonly name: string;
  readonly size: PictureSize;
  /** The camera's own JPEGs can be sent as they are. */
  readonly copy: boolean;
}

/**
 * Lines such as (libavdevice/v4l2.c, list_formats):
 *   [video4linux2,v4l2 @ 0x…] Compressed:       mjpeg :          Motion-JPEG : 1280x720 640x480
 *   [video4linux2,v4l2 @ 0x…] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480
 */
export function parseV4l2Formats(printed: string): readonly V4l2Format[] {
  return printed.split('\n').flatMap((line) => {
    const found = /(?:Raw|Compressed)\s*:\s*(\w+)\s*:.*:((?:\s+\d+x\d+)+)\s*$/.exec(line);
    if (found === null) return [];
    const [, name = '', sizes = ''] = found;
    return [{ name, isMjpeg: name === 'mjpeg', sizes: parseSizes(sizes) }];
  });
}

/**
 * The camera's own JPEGs in the largest size that fits the wish; else Motion JPEG in the smallest size
 * that has to be scaled down; else the same of what it gives raw. undefined when it told no sizes.
 */
export function chooseV4l2Format(
  formats: readonly V4l2Format[],
  wish: PictureWish,
): V4l2Choice | undefined {
  const mjpeg = formats.filter(({ isMjpeg }) => isMjpeg);
  const raw = formats.filter(({ isMjpeg }) => !isMjpeg);
  return chooseSize(mjpeg, wish) ?? chooseSize(raw, wish);
}

function chooseSize(formats: readonly V4l2Format[], wish: PictureWish): V4l2Choice | undefined {
  const offers = formats
    .flatMap(({ name, isMjpeg, sizes }) => sizes.map((size) => ({ name, isMjpeg, size })))
    .sort((one, other) => area(other.size) - area(one.size));
  const fitting = offers.find(
    ({ size }) => size.width <= wish.maxWidth && size.height <= wish.maxHeight,
  );
  if (fitting !== undefined) {
    return { name: fitting.name, size: fitting.size, copy: fitting.isMjpeg };
  }
  const smallest = offers.at(-1);
  return smallest && { name: smallest.name, size: smallest.size, copy: false };
}

function parseSizes(text: string): readonly PictureSize[] {
  return Array.from(text.matchAll(/(\d+)x(\d+)/g), ([, width, height]) => ({
    width: Number(width),
    height: Number(height),
  }));
}

function area({ width, height }: PictureSize): number {
  return width * height;
}
