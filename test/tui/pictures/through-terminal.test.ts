import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { Decoder } from 'sixel/lib/Decoder.js';
import { describe, expect, it } from 'vitest';
import type { Bitmap } from '../../../src/tui/pictures/picture-encoder.js';
import type { PtyTerminal } from '../terminal/pty-terminal.js';
import { openFixture, tilesFrame } from '../terminal/screen-fixture.js';
import { drawCells } from './cell-pixels.js';
import { blurredPsnr, resized, sampleJpeg, samplePicture } from './sample-picture.js';

const [COLUMNS, ROWS] = [60, 16];
/** As large as the tile where the terminal does not say how large its cells are: 8x16 pixels. */
const SIZE = { width: COLUMNS * 8, height: ROWS * 16 };
const right = samplePicture(SIZE, 1);
const wrong = samplePicture(SIZE, 2);

/** Reads the newest picture out of what a terminal got; undefined while there is none. */
type Eye = (terminal: PtyTerminal) => Promise<Bitmap | undefined>;

const cells: Eye = (terminal) => {
  const seen = terminal.cells(1, 1, COLUMNS, ROWS);
  // The last cell comes last.
  const isDrawn = seen.at(-1)?.background.some((channel) => channel > 0) === true;
  return Promise.resolve(isDrawn ? drawCells(seen, COLUMNS) : undefined);
};

const sixel: Eye = ({ received }) => {
  const body = Array.from(received.matchAll(/\x1bP[\d;]*q([^\x1b]+)\x1b\\/gu)).at(-1)?.[1];
  if (body === undefined) return Promise.resolve(undefined);
  const decoder = new Decoder();
  decoder.init(0);
  decoder.decode(Buffer.from(body, 'latin1'));
  const { width, height } = decoder;
  return Promise.resolve(withoutAlpha(new Uint8Array(decoder.data8), width, height));
};

const iterm2: Eye = async ({ received }) => {
  const body = Array.from(received.matchAll(/\x1b\]1337;File=[^:]*:([^\x07\x1b]+)/gu)).at(-1)?.[1];
  if (body === undefined) return undefined;
  const { data, info } = await sharp(Buffer.from(body, 'base64'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: data };
};

const kitty: Eye = ({ received }) => {
  const commands = Array.from(received.matchAll(/\x1b_G([^;]+);([^\x1b]*)\x1b\\/gu));
  const first = commands.findIndex(([, keys]) => keys?.includes('a=T') === true);
  const last = commands.findIndex(([, keys], at) => at >= first && /m=0/u.test(keys ?? ''));
  if (first === -1 || last === -1) return Promise.resolve(undefined);
  const keys = new Map(commands[first]?.[1]?.split(',').map((pair) => pairOf(pair)));
  const [width, height] = [Number(keys.get('s')), Number(keys.get('v'))];
  const body = commands.slice(first, last + 1).map(([, , part]) => part);
  const rgb = inflateSync(Buffer.from(body.join(''), 'base64'));
  return Promise.resolve({ width, height, rgb });
};

function pairOf(pair: string): [string, string] {
  const [key = '', value = ''] = pair.split('=');
  return [key, value];
}

function withoutAlpha(rgba: Uint8Array, width: number, height: number): Bitmap {
  const rgb = new Uint8Array(width * height * 3);
  for (let n = 0; n < width * height; n += 1) rgb.set(rgba.subarray(n * 4, n * 4 + 3), n * 3);
  return { width, height, rgb };
}

describe('one picture on its way through the screen into a terminal', () => {
  it.each([
    ['half', cells],
    ['quadrant', cells],
    ['sextant', cells],
    ['sixel', sixel],
    ['iterm2', iterm2],
    ['kitty', kitty],
  ] as const)('is itself and no other as %s', async (pictureMode, eye) => {
    await using fixture = await openFixture({ columns: 64, rows: 20, pictureMode });
    const { terminal, opened } = fixture;
    opened.screen.showFrame(tilesFrame(1, COLUMNS, ROWS));
    opened.screen.showPicture(0, await sampleJpeg(SIZE, 1));
    const shown = await expect
      .poll(() => eye(terminal), { timeout: 20_000 })
      .toBeDefined()
      .then(() => eye(terminal));
    if (shown === undefined) throw new Error('it is gone again');
    const seen = await resized(shown, SIZE);
    const [rightDb, wrongDb] = [await blurredPsnr(seen, right), await blurredPsnr(seen, wrong)];
    process.stdout.write(`${pictureMode}: ${rightDb.toFixed(1)} dB, wrong ${wrongDb.toFixed(1)}\n`);
    expect(rightDb).toBeGreaterThan(24);
    expect(wrongDb).toBeLessThan(14);
  });
});
