import { describe, expect, it } from 'vitest';
import { blockEncoder } from '../../../src/tui/pictures/block-cells.js';
import { BRAILLE } from '../../../src/tui/pictures/braille.js';
import { halfEncoder } from '../../../src/tui/pictures/half.js';
import { paletteRgb } from '../../../src/tui/pictures/palette.js';
import type { Bitmap, CellEncoder } from '../../../src/tui/pictures/picture-encoder.js';
import type { ColourDepth } from '../../../src/tui/pictures/picture-mode.js';
import { isPictureMode, nextPictureMode } from '../../../src/tui/pictures/picture-mode.js';
import { QUADRANT } from '../../../src/tui/pictures/quadrant.js';
import { SEXTANT } from '../../../src/tui/pictures/sextant.js';
import { CellGrid, PALETTE, TRUECOLOUR } from '../../../src/tui/terminal/cell-grid.js';
import type { LookedAtCell } from './cell-pixels.js';
import { CELL_ACROSS, CELL_DOWN, drawCells } from './cell-pixels.js';
import { blurredPsnr, psnr, resized, samplePicture } from './sample-picture.js';

const COLUMNS = 60;
const ROWS = 20;
const SIZE = { width: COLUMNS * CELL_ACROSS, height: ROWS * CELL_DOWN };
const WHITE = [255, 255, 255] as const;
const BLACK = [0, 0, 0] as const;

function encoders(depth: ColourDepth): CellEncoder[] {
  const blocks = [SEXTANT, QUADRANT, BRAILLE].map((shape) => blockEncoder(shape, depth));
  return [...blocks, halfEncoder(depth)];
}

function rgbOf(
  colour: number,
  otherwise: readonly [number, number, number],
): LookedAtCell['foreground'] {
  if (colour === 0) return otherwise;
  const rgb = colour >= TRUECOLOUR ? colour - TRUECOLOUR : paletteRgb(colour - PALETTE);
  return [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
}

/** What a picture looks like after it went through an encoder. */
async function seen(encoder: CellEncoder, source: Bitmap): Promise<Bitmap> {
  const grid = new CellGrid(COLUMNS, ROWS);
  const size = { width: COLUMNS * encoder.pixelsAcross, height: ROWS * encoder.pixelsDown };
  encoder.encode(await resized(source, size), grid, 0, 0);
  const cells = Array.from(grid.code, (code, at) => ({
    character: String.fromCodePoint(code),
    foreground: rgbOf(grid.foreground[at] ?? 0, WHITE),
    background: rgbOf(grid.background[at] ?? 0, BLACK),
  }));
  return drawCells(cells, COLUMNS);
}

describe('pictures drawn with cells', () => {
  const right = samplePicture(SIZE, 1);
  const wrong = samplePicture(SIZE, 2);

  it.each(encoders('truecolour').map((encoder) => [encoder.mode, encoder] as const))(
    'shows the picture and no other in true colours as %s',
    async (_, encoder) => {
      const shown = await seen(encoder, right);
      expect(psnr(shown, right)).toBeGreaterThan(26);
      expect(psnr(shown, wrong)).toBeLessThan(14);
    },
  );

  it.each(
    (['256', '16', '8'] as const).flatMap((depth) =>
      encoders(depth).map((encoder) => [encoder.mode, depth, encoder] as const),
    ),
  )('shows the picture and no other as %s in %s colours', async (_, depth, encoder) => {
    const shown = await seen(encoder, right);
    expect(await blurredPsnr(shown, right)).toBeGreaterThan(depth === '256' ? 24 : 14);
    expect(await blurredPsnr(shown, wrong)).toBeLessThan(13);
  });

  it.each(encoders('none').map((encoder) => [encoder.mode, encoder] as const))(
    'shows light and shadow without any colour as %s',
    async (_, encoder) => {
      const grey = (picture: Bitmap): Bitmap => ({
        ...picture,
        rgb: picture.rgb.map((_value, at) => {
          const first = at - (at % 3);
          const [r = 0, g = 0, b = 0] = picture.rgb.subarray(first, first + 3);
          return Math.round((r * 299 + g * 587 + b * 114) / 1000);
        }),
      });
      const shown = await seen(encoder, right);
      expect(new Set(shown.rgb)).toEqual(new Set([0, 255]));
      expect(await blurredPsnr(shown, grey(right), 6)).toBeGreaterThan(20);
      expect(await blurredPsnr(shown, grey(wrong), 6)).toBeLessThan(17);
    },
  );

  it('keeps more of the picture the more pixels a cell has', async () => {
    const sharpness = new Map<string, number>();
    for (const encoder of encoders('truecolour')) {
      sharpness.set(encoder.mode, psnr(await seen(encoder, right), right));
    }
    const half = sharpness.get('half') ?? Infinity;
    expect(sharpness.get('sextant')).toBeGreaterThan(half);
    expect(sharpness.get('quadrant')).toBeGreaterThan(half);
  });

  it('gives every mask of a table a character of its own', () => {
    for (const { codes, pixelsAcross, pixelsDown } of [SEXTANT, QUADRANT, BRAILLE]) {
      expect(new Set(codes).size).toBe(2 ** (pixelsAcross * pixelsDown));
    }
  });

  it('draws a cell of one colour as a space, so that little is sent', () => {
    const rgb = new Uint8Array(COLUMNS * 2 * ROWS * 3 * 3).fill(77);
    const grid = new CellGrid(COLUMNS, ROWS);
    const bitmap = { width: COLUMNS * 2, height: ROWS * 3, rgb };
    blockEncoder(SEXTANT, 'truecolour').encode(bitmap, grid, 0, 0);
    expect(new Set(grid.code)).toEqual(new Set([0x20]));
    expect(new Set(grid.background)).toEqual(new Set([TRUECOLOUR + 0x4d4d4d]));
  });

  it('leaves out what lies beyond the grid and refuses half cells', () => {
    const grid = new CellGrid(4, 2);
    const encoder = halfEncoder('truecolour');
    encoder.encode(samplePicture({ width: 8, height: 8 }), grid, 2, 1);
    expect([...grid.background].map((colour) => colour !== 0)).toEqual([
      ...[false, false, false, false],
      ...[false, false, true, true],
    ]);
    expect(() => {
      encoder.encode(samplePicture({ width: 8, height: 7 }), grid, 0, 0);
    }).toThrow('bitmap is 8x7 pixels, cells take multiples of 1x2');
  });
});

describe('picture modes', () => {
  it('goes through what the terminal can, then none, then auto again', () => {
    const able = ['half', 'sixel'] as const;
    expect(nextPictureMode('auto', able)).toBe('half');
    expect(nextPictureMode('half', able)).toBe('sixel');
    expect(nextPictureMode('sixel', able)).toBe('none');
    expect(nextPictureMode('none', able)).toBe('auto');
    expect(nextPictureMode('kitty', able)).toBe('auto');
  });

  it('knows its own names only', () => {
    expect(['auto', 'iterm2', 'ascii', ''].map(isPictureMode)).toEqual([true, true, false, false]);
  });
});
