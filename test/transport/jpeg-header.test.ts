import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readJpegSize, requirePictureSize } from '../../src/transport/jpeg-header.js';
import { limitsWith } from '../../src/transport/limits.js';
import { needs } from '../setup/programs.js';
import { thrownBy } from './older/thrown.js';

const NO_IMAGEMAGICK = needs('imagemagick');

/** A JPEG by ImageMagick: real encoders, real segments. */
function magick(size: string, ...options: string[]): Buffer {
  return execFileSync('convert', ['-size', size, 'gradient:red-blue', ...options, 'jpg:-']);
}

/** The shortest that has a size: SOI, SOF0 with three components. */
function tiny(width: number, height: number, before = ''): Buffer {
  const sof = Buffer.from('ffc00011080000000003011100021101031101', 'hex');
  sof.writeUInt16BE(height, 5);
  sof.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from(`ffd8${before}`, 'hex'), sof]);
}

describe('readJpegSize', () => {
  it.skipIf(NO_IMAGEMAGICK).each([
    ['600x400', []],
    ['1920x1080', ['-quality', '75']],
    ['33x7', ['-interlace', 'JPEG']],
    ['640x480', ['-set', 'comment', 'x'.repeat(5000)]],
    ['640x480', ['-colorspace', 'Gray']],
    ['640x480', ['-colorspace', 'CMYK']],
  ] as const)('reads %s from a real JPEG made with %j', (size, options) => {
    const { width, height } = readJpegSize(magick(size, ...options));
    expect(`${width}x${height}`).toBe(size);
  });

  it.skipIf(NO_IMAGEMAGICK)(
    'reads a JPEG that is cut off right behind its frame header, and no shorter one',
    () => {
      const whole = magick('600x400');
      const sof = whole.indexOf(Buffer.from('ffc0', 'hex'));
      const end = sof + 2 + whole.readUInt16BE(sof + 2);
      expect(readJpegSize(whole.subarray(0, end))).toEqual({ width: 600, height: 400 });
      for (let length = 0; length < end; length += 1) {
        expect(() => readJpegSize(whole.subarray(0, length))).toThrow(/^JPEG /);
      }
    },
  );

  it('passes fill bytes, restart markers and tables before the frame header', () => {
    expect(readJpegSize(tiny(3, 2, 'ffffffd0ff01ffc40002ffcc0004beef'))).toEqual({
      width: 3,
      height: 2,
    });
  });

  it.each([
    ['nothing at all', '', 'begins with nothing, expected ffd8'],
    ['a PNG', '89504e470d0a1a0a', 'begins with 89504e47'],
    ['a scan first', 'ffd8ffda0004beef', 'ffda at byte 2 before any frame header'],
    ['its end first', 'ffd8ffd9', 'ffd9 at byte 2 before any frame header'],
    ['a second start', 'ffd8ffd8', 'ffd8 at byte 2 before any frame header'],
    ['a segment of length 1', 'ffd8ffe00001', 'a segment of length 1 at byte 2'],
    ['no marker where one must be', 'ffd8ffe00002beef', 'beef at byte 6, expected a marker'],
    ['a segment that leads out of it', 'ffd8ffe0ffff', 'ends after 6 bytes'],
    ['a frame header too short', 'ffd8ffc0000708000100010000', 'frame header of 7 bytes'],
  ])('refuses %s with words', (_what, hex, words) => {
    const error = thrownBy(() => readJpegSize(Buffer.from(hex, 'hex')));
    expect(error.code).toBe('MEET_FRAME_MALFORMED');
    expect(error.message).toContain(words);
  });

  it('refuses a width or a height of zero', () => {
    expect(() => readJpegSize(tiny(0, 5))).toThrow('is 0x5, expected at least 1x1');
    expect(() => readJpegSize(tiny(5, 0))).toThrow('is 5x0, expected at least 1x1');
  });

  it('gives up after 512 steps, so that 16 MiB of fill bytes cost nothing', () => {
    const fill = Buffer.alloc(16 * 1024 * 1024, 0xff);
    fill[1] = 0xd8;
    const begun = performance.now();
    expect(() => readJpegSize(fill)).toThrow('within its first 512 markers');
    expect(performance.now() - begun).toBeLessThan(50);
  });
});

describe('requirePictureSize', () => {
  it('allows a picture at the limit and refuses a wider or a higher one by name', () => {
    const limits = limitsWith();
    requirePictureSize(readJpegSize(tiny(7680, 4320)), limits);
    for (const size of [tiny(7681, 1), tiny(1, 4321), tiny(65_535, 65_535)].map(readJpegSize)) {
      const error = thrownBy(() => {
        requirePictureSize(size, limits);
      });
      expect(error.code).toBe('MEET_PICTURE_TOO_LARGE');
      expect(error.message).toBe(
        `picture is ${size.width}x${size.height}, limit is 7680x4320 ` +
          '(--limit picture-width=VALUE, --limit picture-height=VALUE)',
      );
    }
  });
});
