import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { jimpEncoder } from '../../../src/capture/pictures/jimp-encoder.js';
import type { RawPicture } from '../../../src/capture/pictures/jpeg-encoder.js';
import { firstThatLoads, jpegEncoder } from '../../../src/capture/pictures/choose-encoder.js';
import { sharpEncoder } from '../../../src/capture/pictures/sharp-encoder.js';
import { readJpegSize } from '../../../src/transport/jpeg-header.js';
import { rejectionOf } from '../rejection.js';
import { psnrDb } from './pixels.js';

/** A smooth picture with its own colour in each corner. */
function gradient(width: number, height: number): RawPicture {
  const data = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at += 1) {
    const x = at % width;
    const y = Math.floor(at / width);
    data[at * 3] = (x * 255) / width;
    data[at * 3 + 1] = (y * 255) / height;
    data[at * 3 + 2] = 128;
  }
  return { data, width, height };
}

function pngOf({ data, width, height }: RawPicture): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

const WISH = { maxWidth: 4000, maxHeight: 4000, quality: 90 };

describe.each([sharpEncoder, jimpEncoder])('JPEG through $name', (encoder) => {
  test('keeps pixels and colours', async () => {
    const raw = gradient(96, 64);
    const jpeg = await encoder.encodeRaw(raw, 90);
    expect(readJpegSize(jpeg)).toEqual({ width: 96, height: 64 });
    expect(await psnrDb(jpeg, await pngOf(raw))).toBeGreaterThan(38);
  });

  test('gives equal bytes for equal pixels', async () => {
    const one = await encoder.encodeRaw(gradient(64, 64), 75);
    expect(one.equals(await encoder.encodeRaw(gradient(64, 64), 75))).toBe(true);
  });

  test('gets smaller with less quality', async () => {
    const raw = gradient(200, 200);
    const [low, high] = await Promise.all([encoder.encodeRaw(raw, 20), encoder.encodeRaw(raw, 95)]);
    expect(low.length).toBeLessThan(high.length);
  });

  test('scales a file down to fit, never up', async () => {
    const png = await pngOf(gradient(300, 100));
    const small = await encoder.encodeFile(png, { ...WISH, maxWidth: 150, maxHeight: 150 });
    expect(small).toMatchObject({ width: 150, height: 50 });
    expect(readJpegSize(small.jpeg)).toEqual({ width: 150, height: 50 });
    expect(await encoder.encodeFile(png, WISH)).toMatchObject({ width: 300, height: 100 });
  });

  test('keeps a file as it looks', async () => {
    const png = await pngOf(gradient(120, 80));
    const { jpeg } = await encoder.encodeFile(png, WISH);
    expect(await psnrDb(jpeg, png)).toBeGreaterThan(38);
  });

  test('rejects what is no picture', async () => {
    await expect(encoder.encodeFile(Buffer.from('no picture'), WISH)).rejects.toThrow();
  });
});

describe('the choice of an encoder', () => {
  const fails = (): Promise<never> => Promise.reject(new Error('no prebuilt library'));

  test('is sharp where it loads', async () => {
    expect((await jpegEncoder()).name).toBe('sharp');
  });

  test('is made once', () => {
    expect(jpegEncoder()).toBe(jpegEncoder());
  });

  test('falls back to the next one', async () => {
    const encoder = await firstThatLoads([fails, () => Promise.resolve(jimpEncoder)]);
    expect(encoder.name).toBe('jimp');
  });

  test('says what to install when none loads', async () => {
    const fault = await rejectionOf(firstThatLoads([fails, fails]));
    expect(fault.code).toBe('MEET_PROGRAM_MISSING');
    expect(fault.message).toMatch(/no prebuilt library.*npm install sharp/);
  });
});
