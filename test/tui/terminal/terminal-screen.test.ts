import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../../src/tui/pictures/jpeg-picture.js';
import type { Bitmap } from '../../../src/tui/pictures/picture-encoder.js';
import { meterFill, pictureFill } from '../../../src/tui/terminal/screen.js';
import { drawCells } from '../pictures/cell-pixels.js';
import { psnr, resized, sampleJpeg, samplePicture } from '../pictures/sample-picture.js';
import type { ScreenFixture } from './screen-fixture.js';
import { openFixture, tilesFrame } from './screen-fixture.js';

const TILE = { columns: 32, rows: 8 };
/** A picture of the tile's shape, so that it fills it. */
const PICTURE = { width: 256, height: 128 };

/** What the emulator shows in a tile, at 2 x 12 pixels a cell. */
function look({ terminal }: ScreenFixture, slot: number, size = TILE): Bitmap {
  const left = 1 + slot * (size.columns + 1);
  return drawCells(terminal.cells(left, 1, size.columns, size.rows), size.columns);
}

/** The pixels that half blocks should show of a JPEG, drawn as `look` does. */
async function halfBlocks(jpeg: Buffer, size = TILE): Promise<Bitmap> {
  const { rgb } = await decodePicture(jpeg, { width: size.columns, height: size.rows * 2 });
  const cells = Array.from({ length: size.columns * size.rows }, (_, n) => {
    const [column, row] = [n % size.columns, Math.floor(n / size.columns)];
    const pixel = (y: number): [number, number, number] => {
      const at = (y * size.columns + column) * 3;
      return [rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0];
    };
    return { character: '▄', background: pixel(row * 2), foreground: pixel(row * 2 + 1) };
  });
  return drawCells(cells, size.columns);
}

function mostOff(one: Bitmap, other: Bitmap): number {
  let most = 0;
  for (const [at, value] of one.rgb.entries()) {
    most = Math.max(most, Math.abs(value - (other.rgb[at] ?? 0)));
  }
  return most;
}

/** Resolves when a tile shows this picture, a channel at most 6 of 255 off. */
async function shows(fixture: ScreenFixture, slot: number, picture: Bitmap): Promise<void> {
  await fixture.terminal.until(
    () => mostOff(look(fixture, slot), picture) <= 6,
    `the picture of slot ${slot}`,
  );
}

describe('the screen on a terminal', () => {
  it('shows four pictures and the interface, each pixel in its place, through many changes', async () => {
    await using fixture = await openFixture({ columns: 140, rows: 12 });
    const { screen } = fixture.opened;
    screen.showFrame(`${tilesFrame(4, TILE.columns, TILE.rows)}\nfirst`);
    const pictures = await Promise.all([1, 2].map((seed) => sampleJpeg(PICTURE, seed)));
    for (let round = 0; round < 6; round += 1) {
      const order = [0, 1, 2, 3].map((slot) => (slot + round) % 2);
      for (const [slot, which] of order.entries()) {
        screen.showPicture(slot, pictures[which] ?? Buffer.alloc(0));
      }
      screen.showFrame(`${tilesFrame(4, TILE.columns, TILE.rows)}\nround ${round}`);
      for (const [slot, which] of order.entries()) {
        await shows(fixture, slot, await halfBlocks(pictures[which] ?? Buffer.alloc(0)));
      }
      await fixture.terminal.until(
        () => fixture.terminal.line(10) === `round ${round}`,
        'its text',
      );
      expect(fixture.terminal.line(0)).toBe('─'.repeat(133));
    }
    const wrong = await halfBlocks(pictures[0] ?? Buffer.alloc(0));
    expect(psnr(look(fixture, 0), wrong)).toBeLessThan(15);
  });

  it('sends only what differs, and nothing when nothing does', async () => {
    await using fixture = await openFixture({ columns: 40, rows: 12 });
    const { screen } = fixture.opened;
    const frame = tilesFrame(1, TILE.columns, TILE.rows);
    const jpeg = await sampleJpeg(PICTURE);
    screen.showFrame(frame);
    screen.showPicture(0, jpeg);
    await shows(fixture, 0, await halfBlocks(jpeg));
    const before = screen.figures;
    screen.showPicture(0, jpeg);
    screen.showFrame(`${frame}\nword`);
    await fixture.terminal.until(() => fixture.terminal.line(10) === 'word', 'the word');
    const after = screen.figures;
    expect(after.bytes - before.bytes).toBeLessThan(100);
    expect(before.bytes).toBeGreaterThan(4000);
  });

  it('lets a dialog lie over a picture and shows the picture again afterwards', async () => {
    await using fixture = await openFixture({ columns: 40, rows: 12 });
    const { screen } = fixture.opened;
    const frame = tilesFrame(1, TILE.columns, TILE.rows);
    const jpeg = await sampleJpeg(PICTURE);
    const picture = await halfBlocks(jpeg);
    screen.showFrame(frame);
    screen.showPicture(0, jpeg);
    await shows(fixture, 0, picture);
    const lines = frame.split('\n');
    const covered = lines.map((line, row) =>
      row === 4 ? `${line.slice(0, 10)} leave? y/n ${line.slice(22)}` : line,
    );
    screen.showFrame(covered.join('\n'));
    await fixture.terminal.until(() => fixture.terminal.line(4).includes(' leave? y/n '), 'words');
    // A newer picture goes around the dialog, not over it.
    const other = await sampleJpeg(PICTURE, 2);
    screen.showPicture(0, other);
    const around = await halfBlocks(other);
    await fixture.terminal.until(() => {
      const seen = look({ ...fixture }, 0).rgb.subarray(0, 3 * 64 * 36);
      return seen.every((value, at) => Math.abs(value - (around.rgb[at] ?? 0)) <= 6);
    }, 'the picture above the dialog');
    expect(fixture.terminal.line(4)).toContain(' leave? y/n ');
    screen.showFrame(frame);
    await shows(fixture, 0, around);
  });

  it('paints everything anew at another size', async () => {
    await using fixture = await openFixture({ columns: 60, rows: 16 });
    const { screen } = fixture.opened;
    const jpeg = await sampleJpeg(PICTURE);
    screen.onResize((columns, rows) => {
      const size = { columns: columns - 2, rows: rows - 3 };
      screen.showFrame(`${tilesFrame(1, size.columns, size.rows)}\n${columns}x${rows}`);
    });
    screen.showFrame(`${tilesFrame(1, 58, 13)}\nstart`);
    screen.showPicture(0, jpeg);
    for (const [columns, rows] of [
      [34, 11],
      [66, 19],
      [34, 11],
    ] as const) {
      fixture.resize(columns, rows);
      const size = { columns: columns - 2, rows: rows - 3 };
      const picture = await halfBlocks(jpeg, size);
      await fixture.terminal.until(
        () => mostOff(look(fixture, 0, size), picture) <= 6,
        `the picture at ${columns}x${rows}`,
      );
      expect(fixture.terminal.line(rows - 1)).toBe(`${columns}x${rows}`);
      expect([screen.columns, screen.rows]).toEqual([columns, rows]);
    }
  });

  it('keeps the shape of a picture and leaves the rest of its tile blank', async () => {
    await using fixture = await openFixture({ columns: 40, rows: 12 });
    const { screen } = fixture.opened;
    screen.showFrame(tilesFrame(1, TILE.columns, TILE.rows));
    screen.showPicture(0, await sampleJpeg({ width: 128, height: 128 }));
    const isBlank = (column: number): boolean =>
      fixture.terminal.cells(column, 1, 1, TILE.rows).every(({ background, character }) => {
        return character === ' ' && background.every((value) => value === 0);
      });
    await fixture.terminal.until(() => !isBlank(16), 'the picture');
    // 8 rows of 16 pixels are 16 columns of 8.
    const blank = Array.from({ length: TILE.columns }, (_, n) => isBlank(n + 1));
    expect(blank.map((is) => (is ? '.' : '#')).join('')).toBe(
      `${'.'.repeat(8)}${'#'.repeat(16)}${'.'.repeat(8)}`,
    );
  });

  it.each(['sextant', 'quadrant', 'braille'] as const)(
    'shows the picture and no other as %s, chosen while it runs',
    async (mode) => {
      await using fixture = await openFixture({ columns: 40, rows: 12 });
      const { screen } = fixture.opened;
      screen.showFrame(tilesFrame(1, TILE.columns, TILE.rows));
      screen.showPicture(0, await sampleJpeg(PICTURE));
      screen.pictureMode = mode;
      const size = { width: TILE.columns * 2, height: TILE.rows * 12 };
      const [right, wrong] = await Promise.all(
        [1, 2].map((seed) => resized(samplePicture(PICTURE, seed), size)),
      );
      if (right === undefined || wrong === undefined) throw new Error('no samples');
      await fixture.terminal.until(() => psnr(look(fixture, 0), right) > 24, mode);
      expect(psnr(look(fixture, 0), wrong)).toBeLessThan(14);
      screen.pictureMode = 'none';
      await fixture.terminal.until(
        () => look(fixture, 0).rgb.every((value) => value === 0),
        'none',
      );
    },
  );

  it('draws level meters between redraws of the interface', async () => {
    await using fixture = await openFixture({ columns: 40, rows: 4 });
    const { screen } = fixture.opened;
    screen.showFrame(`Ann ${meterFill(7).repeat(10)} live`);
    screen.showLevel(7, 0.55, true);
    await fixture.terminal.until(
      () => fixture.terminal.line(0) === 'Ann █████▌     live',
      'a level',
    );
    screen.showLevel(7, 0, false);
    await fixture.terminal.until(
      () => fixture.terminal.line(0) === 'Ann            live',
      'silence',
    );
  });

  it('keeps columns after wide and doubtful characters when they change', async () => {
    await using fixture = await openFixture({ columns: 30, rows: 4 });
    const { screen } = fixture.opened;
    for (const text of ['日本語 abc', 'a本語x abc', '👍👨‍👩‍👧é1 abc', '日👍本 abc ❤️ z', 'plain']) {
      screen.showFrame(`${text}\n${text.slice(0, 2)}`);
      const last = Array.from(text).at(-1) ?? '';
      await fixture.terminal.until(() => fixture.terminal.line(0).endsWith(last), text);
    }
    expect(fixture.terminal.text()).toBe('plain\npl\n\n');
  });

  it('counts pictures that can not be read and keeps the last one', async () => {
    await using fixture = await openFixture({ columns: 40, rows: 12 });
    const { screen } = fixture.opened;
    const jpeg = await sampleJpeg(PICTURE);
    screen.showFrame(tilesFrame(1, TILE.columns, TILE.rows));
    screen.showPicture(0, jpeg);
    await shows(fixture, 0, await halfBlocks(jpeg));
    screen.showPicture(0, Buffer.from('no picture at all'));
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (screen.figures.picturesBroken === 0) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
    expect(mostOff(look(fixture, 0), await halfBlocks(jpeg))).toBeLessThanOrEqual(6);
    screen.clearPicture(0);
    await fixture.terminal.until(() => look(fixture, 0).rgb.every((value) => value === 0), 'blank');
    expect(pictureFill(0)).toBe('\ue000');
  });
});
