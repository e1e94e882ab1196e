/**
 * JPEG through jimp: pure JavaScript, some 15 times slower than sharp and on the main thread, for
 * machines where sharp does not load. Owns jimp's ways; is loaded only by jpeg-encoder.ts.
 */
import { Jimp, JimpMime } from 'jimp';
import type { JpegEncoder, RawPicture } from './jpeg-encoder.js';
import { fitInside } from './picture-fit.js';

export const jimpEncoder: JpegEncoder = {
  name: 'jimp',
  async encodeRaw(picture, quality) {
    const { width, height } = picture;
    const image = new Jimp({ data: withAlpha(picture), width, height });
    return await image.getBuffer(JimpMime.jpeg, { quality });
  },
  async encodeFile(bytes, { maxWidth, maxHeight, quality }) {
    const image = await Jimp.read(bytes);
    const size = fitInside(image, maxWidth, maxHeight);
    if (size.width < image.width || size.height < image.height) {
      image.resize({ w: size.width, h: size.height });
    }
    return { jpeg: await image.getBuffer(JimpMime.jpeg, { quality }), ...size };
  },
};

function withAlpha({ data, width, height }: RawPicture): Buffer {
  const out = Buffer.alloc(width * height * 4, 0xff);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    data.copy(out, to, from, from + 3);
  }
  return out;
}
