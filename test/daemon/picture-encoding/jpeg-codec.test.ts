import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  jimpCodec,
  loadJpegCodec,
  sharpCodec,
} from '../../../src/daemon/picture-encoding/jpeg-codec.js';
import { readJpegSize } from '../../../src/transport/jpeg-header.js';
import { limitsWith } from '../../../src/transport/limits.js';
import { needs } from '../../setup/programs.js';
import { likeness, plainPicture } from './likeness.js';

const limits = limitsWith();
const CODECS = [
  ['sharp', sharpCodec],
  ['jimp', jimpCodec],
] as const;

/** What ImageMagick makes of a picture. */
function convert(input: Buffer, ...options: string[]): Buffer {
  const run = spawnSync('convert', options, { input, maxBuffer: 64 * 1024 * 1024 });
  if (run.status !== 0) throw new Error(run.stderr.toString());
  return run.stdout;
}

describe.each(CODECS)('the codec of %s', (name, load) => {
  it('has its name', async () => {
    expect((await load()).name).toBe(name);
  });

  it.skipIf(needs('imagemagick'))(
    'encodes what ImageMagick decodes to the same colours',
    async () => {
      const bgr = plainPicture(320, 240);
      const codec = await load();
      const jpeg = await codec.encode({ bgr: Buffer.from(bgr), width: 320, height: 240 }, 80);
      expect(readJpegSize(jpeg)).toEqual({ width: 320, height: 240 });
      expect(likeness(convert(jpeg, 'jpg:-', '-depth', '8', 'bgr:-'), bgr)).toBeGreaterThan(30);
    },
  );

  it.skipIf(needs('imagemagick'))(
    'decodes what ImageMagick encodes, in colour and in grey',
    async () => {
      const bgr = plainPicture(321, 123);
      const raw = ['-size', '321x123', '-depth', '8', 'bgr:-'];
      const codec = await load();
      for (const how of [[], ['-colorspace', 'Gray'], ['-interlace', 'JPEG']]) {
        const jpeg = convert(bgr, ...raw, ...how, '-quality', '95', 'jpg:-');
        const expected = convert(jpeg, 'jpg:-', '-colorspace', 'sRGB', '-depth', '8', 'bgr:-');
        let decoded = Buffer.alloc(0);
        await codec.decode(jpeg, limits, (width, height) => {
          expect([width, height]).toEqual([321, 123]);
          decoded = Buffer.alloc(width * height * 3);
          return decoded;
        });
        expect(likeness(decoded, expected)).toBeGreaterThan(35);
      }
    },
  );

  it('refuses noise with a code', async () => {
    const codec = await load();
    const noise = Buffer.from('ffd8ffc00011080010001003011100021101031101ffda', 'hex');
    await expect(codec.decode(noise, limits, () => Buffer.alloc(768))).rejects.toMatchObject({
      code: 'MEET_FRAME_MALFORMED',
    });
  });
});

describe('loadJpegCodec', () => {
  it('takes sharp where it loads', async () => {
    expect((await loadJpegCodec()).name).toBe('sharp');
  });
});
