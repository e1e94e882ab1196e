/**
 * Pictures by iTerm2's protocol: the JPEG goes to the terminal as it came. Owns the sequence; decodes
 * nothing.
 *
 * Format: https://iterm2.com/documentation-images.html; doNotMoveCursor is WezTerm's, others pass it
 * over.
 */
import type { PixelEncoder } from './picture-encoder.js';

export const iterm2Encoder: PixelEncoder = {
  kind: 'pixels',
  mode: 'iterm2',
  input: 'jpeg',
  wanted: (onScreen) => onScreen,
  encode(picture, { columns, rows }) {
    if (picture.input !== 'jpeg') {
      return Promise.reject(new TypeError('iterm2 takes a JPEG, not pixels'));
    }
    const { jpeg } = picture;
    const head =
      `\x1b]1337;File=inline=1;size=${jpeg.length};width=${columns};height=${rows};` +
      'preserveAspectRatio=0;doNotMoveCursor=1:';
    return Promise.resolve(Buffer.from(`${head}${jpeg.toString('base64')}\x07`, 'latin1'));
  },
  erase: () => Buffer.alloc(0),
  eraseAll: () => Buffer.alloc(0),
};
