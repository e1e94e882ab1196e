/** Frames of random pictures, read back from the emulator: each half of a cell is nearly as it should be. */
import xterm from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halfEncoder } from '../../../src/tui/pictures/half.js';
import type { Bitmap } from '../../../src/tui/pictures/picture-encoder.js';
import { CellGrid, GraphemeTable } from '../../../src/tui/terminal/cell-grid.js';
import { FrameWriter } from '../../../src/tui/terminal/frame-writer.js';

const COLUMNS = 16;
const ROWS = 6;
const PIXELS = COLUMNS * ROWS * 2;

/** Few levels close together, so that neighbours and frames are often nearly equal. */
const channel = fc.integer({ min: 0, max: 12 }).map((step) => step * 5);
const rgb = fc.uint8Array({ minLength: PIXELS * 3, maxLength: PIXELS * 3 });
const frame = fc.oneof(
  rgb,
  fc
    .array(channel, { minLength: PIXELS * 3, maxLength: PIXELS * 3 })
    .map((values) => Uint8Array.from(values)),
);

function gridOf(pixels: Uint8Array, depth: 'truecolour' | 'none' = 'truecolour'): CellGrid {
  const bitmap: Bitmap = { width: COLUMNS, height: ROWS * 2, rgb: pixels };
  const grid = new CellGrid(COLUMNS, ROWS);
  halfEncoder(depth).encode(bitmap, grid, 0, 0);
  return grid;
}

/** Upper and lower colour of a cell that the emulator shows. */
function halves(terminal: xterm.Terminal, column: number, row: number): [number, number] {
  const cell = terminal.buffer.active.getLine(row)?.getCell(column);
  if (cell === undefined) throw new RangeError(`no cell ${column}, ${row}`);
  const [fore, back] = [cell.getFgColor(), cell.getBgColor()];
  const text = cell.getChars();
  if (text === '▄') return [back, fore];
  if (text === '▀') return [fore, back];
  return text === '█' ? [fore, fore] : [back, back];
}

function apart(one: number, other: number): number {
  const shifts = [16, 8, 0];
  return Math.max(
    ...shifts.map((shift) => Math.abs(((one >> shift) & 255) - ((other >> shift) & 255))),
  );
}

async function shown(terminal: xterm.Terminal, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    terminal.write(bytes, resolve);
  });
}

describe('frames of half blocks', () => {
  it.each([0, 6])(
    'show each half within %i of what it should be, through many frames',
    async (threshold) => {
      const frames = fc.array(frame, { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(frames, async (pictures) => {
          const terminal = new xterm.Terminal({
            cols: COLUMNS,
            rows: ROWS,
            allowProposedApi: true,
          });
          const writer = new FrameWriter(new GraphemeTable(), threshold);
          const sent = new CellGrid(COLUMNS, ROWS);
          for (const pixels of pictures) {
            writer.begin();
            writer.difference(sent, gridOf(pixels));
            await shown(terminal, writer.take('', ''));
            expect(worst(terminal, pixels)).toBeLessThanOrEqual(threshold);
          }
          terminal.dispose();
        }),
        { numRuns: 60 },
      );
    },
  );

  it('cost less than half of what exact ones cost for a smooth picture', () => {
    const pixels = Uint8Array.from({ length: PIXELS * 3 }, (_, at) => {
      const [x, y] = [Math.floor(at / 3) % COLUMNS, Math.floor(at / 3 / COLUMNS)];
      return 40 + x * 4 + y * 2 + (at % 3) * 20;
    });
    const bytes = [0, 6].map((threshold) => {
      const writer = new FrameWriter(new GraphemeTable(), threshold);
      writer.begin();
      writer.difference(new CellGrid(COLUMNS, ROWS), gridOf(pixels));
      return writer.take('', '').length;
    });
    expect(bytes[1]).toBeLessThan((bytes[0] ?? 0) / 2);
  });

  it('stay dithered where there are no colours: the two default ones are not one', async () => {
    const pixels = new Uint8Array(PIXELS * 3).fill(255, 0, (PIXELS * 3) / 2);
    const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
    const writer = new FrameWriter(new GraphemeTable(), 6);
    writer.begin();
    writer.difference(new CellGrid(COLUMNS, ROWS), gridOf(pixels, 'none'));
    await shown(terminal, writer.take('', ''));
    const line = (row: number): string =>
      terminal.buffer.active.getLine(row)?.translateToString() ?? '';
    expect(line(0)).toBe('█'.repeat(COLUMNS));
    expect(line(ROWS - 1)).toBe(' '.repeat(COLUMNS));
    terminal.dispose();
  });
});

function worst(terminal: xterm.Terminal, pixels: Uint8Array): number {
  let most = 0;
  for (let at = 0; at < PIXELS; at += 1) {
    const [x, y] = [at % COLUMNS, Math.floor(at / COLUMNS)];
    const [upper, lower] = halves(terminal, x, Math.floor(y / 2));
    const [red = 0, green = 0, blue = 0] = pixels.subarray(at * 3, at * 3 + 3);
    const wanted = (red << 16) | (green << 8) | blue;
    most = Math.max(most, apart(y % 2 === 0 ? upper : lower, wanted));
  }
  return most;
}
