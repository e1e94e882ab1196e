import sharp from 'sharp';
import type { JpegOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { SmallJpeg } from '../../../src/tui/pictures/small-jpeg.js';
import { xorshift } from '../../playback/random.js';

const BLOCK = 8;
const [WIDTH, HEIGHT] = [321, 183];

/** Waves in each channel, so that no block is like another. */
function pixels(turn = 0): Buffer {
  const rgb = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const at = (y * WIDTH + x) * 3;
      rgb[at] = 128 + 100 * Math.sin((x + turn) / 23);
      rgb[at + 1] = 128 + 100 * Math.sin((y + turn) / 17);
      rgb[at + 2] = 128 + 100 * Math.sin((x + y + turn) / 31);
    }
  }
  return rgb;
}

function jpegOf(rgb: Buffer, options: JpegOptions): Promise<Buffer> {
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
  return sharp(rgb, { raw }).jpeg(options).toBuffer();
}

/** What each pixel of a size covers of the whole, by a way that knows no blocks. */
async function means(jpeg: Buffer, width: number, height: number): Promise<Uint8Array> {
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
  const whole = await sharp(jpeg).toColourspace('srgb').raw().toBuffer();
  return sharp(whole, { raw })
    .resize({ width, height, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
}

function psnr(one: Uint8Array, other: Uint8Array): number {
  const error = one.reduce((sum, value, at) => sum + (value - (other[at] ?? 0)) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (error / one.length));
}

describe('a JPEG read by the means of its blocks', () => {
  it.each<[string, JpegOptions]>([
    ['half its colours', { chromaSubsampling: '4:2:0' }],
    ['all its colours', { chromaSubsampling: '4:4:4' }],
    ['tables of its own', { optimiseCoding: true, quality: 95 }],
    ['the usual tables', { optimiseCoding: false, quality: 40 }],
  ])('shows the same picture, with %s', async (_, options) => {
    const jpeg = await jpegOf(pixels(), options);
    const small = new SmallJpeg().decode(jpeg, { width: 40, height: 22 });
    expect(small).toMatchObject({ width: 40, height: 22 });
    const truth = await means(jpeg, 40, 22);
    expect(psnr(small?.rgb ?? new Uint8Array(), truth)).toBeGreaterThan(32);
    const other = await means(await jpegOf(pixels(40), options), 40, 22);
    expect(psnr(small?.rgb ?? new Uint8Array(), other)).toBeLessThan(20);
  });

  it('is grey where the picture is', async () => {
    const jpeg = await sharp(await jpegOf(pixels(), {}))
      .greyscale()
      .jpeg()
      .toBuffer();
    const small = new SmallJpeg().decode(jpeg, { width: 17, height: 9 });
    expect(psnr(small?.rgb ?? new Uint8Array(), await means(jpeg, 17, 9))).toBeGreaterThan(32);
  });

  it('and the next one of another size are told apart', async () => {
    const decoder = new SmallJpeg();
    const [first, second] = [await jpegOf(pixels(), {}), await jpegOf(pixels(90), {})];
    const alone = new SmallJpeg().decode(second, { width: 30, height: 20 });
    decoder.decode(first, { width: 40, height: 22 });
    expect(decoder.decode(second, { width: 30, height: 20 })).toEqual(alone);
  });
});

describe('a JPEG that is left to the picture library', () => {
  const size = { width: 40, height: 22 };

  it('is wanted at more than an eighth', async () => {
    const jpeg = await jpegOf(pixels(), {});
    const most = { width: Math.floor(WIDTH / BLOCK), height: Math.floor(HEIGHT / BLOCK) };
    expect(new SmallJpeg().decode(jpeg, most)).toBeDefined();
    expect(new SmallJpeg().decode(jpeg, { ...most, width: most.width + 1 })).toBeUndefined();
  });

  it('is progressive, in print colours, or has a profile', async () => {
    const progressive = await jpegOf(pixels(), { progressive: true });
    const cmyk = await sharp(progressive).toColourspace('cmyk').jpeg().toBuffer();
    const profiled = await sharp(progressive).withIccProfile('p3').jpeg().toBuffer();
    for (const jpeg of [progressive, cmyk, profiled]) {
      expect(new SmallJpeg().decode(jpeg, size)).toBeUndefined();
    }
  });

  it('ends too soon, wherever', async () => {
    const jpeg = await jpegOf(pixels(), {});
    const decoder = new SmallJpeg();
    for (let length = 0; length < jpeg.length - 8; length += 9) {
      expect(decoder.decode(jpeg.subarray(0, length), size)).toBeUndefined();
    }
  });

  it('or is shown in some way, when its bytes are changed at random', async () => {
    const jpeg = await jpegOf(pixels(), {});
    const random = xorshift(11);
    const decoder = new SmallJpeg();
    for (let round = 0; round < 500; round += 1) {
      const changed = Buffer.from(jpeg);
      for (let count = 0; count < 3; count += 1) {
        changed[Math.floor(random() * jpeg.length)] = Math.floor(random() * 256);
      }
      const bitmap = decoder.decode(changed, size);
      expect(bitmap?.rgb.length ?? 2640).toBe(2640);
    }
    expect(decoder.decode(jpeg, size)).toEqual(new SmallJpeg().decode(jpeg, size));
  });
});
