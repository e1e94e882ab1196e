/** The size of a picture that has to fit a largest size. Owns this sum; scales nothing. */
import type { PictureSize } from '../../transport/jpeg-header.js';

/** The same shape, never larger, each side at least one pixel. */
export function fitInside(size: PictureSize, maxWidth: number, maxHeight: number): PictureSize {
  const scale = Math.min(1, maxWidth / size.width, maxHeight / size.height);
  return {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  };
}
