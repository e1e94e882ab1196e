import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { Decoder } from 'sixel/lib/Decoder.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iterm2Encoder } from '../../../src/tui/pictures/iterm2.js';
import { kittyEncoder, wrapForTmux } from '../../../src/tui/pictures/kitty.js';
import { PLACEHOLDERS_MAX, placeholderAt } from '../../../src/tui/pictures/kitty-placeholders.js';
import type { Bitmap } from '../../../src/tui/pictures/picture-encoder.js';
import {
  SHARED_MEMORY_FOLDER,
  SharedMemory,
  sweepSharedMemory,
} from '../../../src/tui/pictures/shared-memory.js';
import { encodeSixel, sixelEncoder } from '../../../src/tui/pictures/sixel.js';
import { blurredPsnr, psnr, sampleJpeg, samplePicture } from './sample-picture.js';

const SIZE = { width: 321, height: 200 };
const PLACE = { slot: 3, columns: 40, rows: 12, turn: 0 };
const right = samplePicture(SIZE, 1);
const wrong = samplePicture(SIZE, 2);

describe('sixel', () => {
  function decode(bytes: Buffer): Bitmap {
    const decoder = new Decoder();
    // The decoder takes what lies inside the control string; 0x71 is its final character, q.
    decoder.init(0);
    decoder.decode(bytes.subarray(bytes.indexOf(0x71) + 1, -2));
    const { width, height } = decoder;
    const rgba = new Uint8Array(decoder.data8);
    const rgb = new Uint8Array(width * height * 3);
    for (let n = 0; n < width * height; n += 1) rgb.set(rgba.subarray(n * 4, n * 4 + 3), n * 3);
    return { width, height, rgb };
  }

  it('shows the picture and no other', async () => {
    const shown = decode(await encodeSixel(right));
    expect(await blurredPsnr(shown, right)).toBeGreaterThan(28);
    expect(await blurredPsnr(shown, wrong)).toBeLessThan(14);
  });

  it('uses 216 colours only and the same ones for each picture', async () => {
    const shown = decode(await encodeSixel(right));
    expect(new Set([...shown.rgb].map((value) => value % 51))).toEqual(new Set([0]));
  });

  it.each([
    [1, 1],
    [1, 7],
    [5, 6],
    [640, 3],
    [1000, 301],
  ])('keeps every pixel in its place at %i x %i', async (width, height) => {
    const exact = samplePicture({ width, height });
    const rgb = exact.rgb.map((value) => (value > 127 ? 255 : 0));
    const shown = decode(await encodeSixel({ width, height, rgb }));
    expect(psnr(shown, { width, height, rgb })).toBe(Infinity);
  });

  it('gives the event loop its turn during a large picture', async () => {
    let turns = 0;
    const count = (): void => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    await encodeSixel(samplePicture({ width: 1200, height: 800 }));
    clearImmediate(next);
    expect(turns).toBeGreaterThan(4);
  });

  it('refuses a JPEG', async () => {
    const jpeg = await sampleJpeg(SIZE);
    await expect(sixelEncoder.encode({ input: 'jpeg', jpeg }, PLACE)).rejects.toThrow(
      'takes pixels',
    );
  });
});

describe('iterm2', () => {
  it('sends the JPEG as it came, in so many cells', async () => {
    const jpeg = await sampleJpeg(SIZE);
    const text = (await iterm2Encoder.encode({ input: 'jpeg', jpeg }, PLACE)).toString('latin1');
    const [, keys = '', payload = ''] = /^\x1b\]1337;File=([^:]*):([^\x07]*)\x07$/.exec(text) ?? [];
    expect(keys.split(';')).toEqual(
      expect.arrayContaining(['inline=1', `size=${jpeg.length}`, 'width=40', 'height=12']),
    );
    const sent = Buffer.from(payload, 'base64');
    expect(sent.equals(jpeg)).toBe(true);
    const { data } = await sharp(sent).raw().toBuffer({ resolveWithObject: true });
    expect(psnr({ ...SIZE, rgb: data }, right)).toBeGreaterThan(30);
    expect(psnr({ ...SIZE, rgb: data }, wrong)).toBeLessThan(14);
  });
});

interface KittyCommand {
  readonly keys: Map<string, string>;
  readonly payload: string;
}

function kittyCommands(bytes: Buffer): KittyCommand[] {
  const commands = bytes.toString('latin1').matchAll(/\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\/g);
  return Array.from(commands, ([, keys = '', payload = '']) => ({
    keys: new Map(keys.split(',').map((pair) => [pair.slice(0, 1), pair.slice(2)])),
    payload,
  }));
}

describe('kitty', () => {
  it('sends compressed pixels in chunks that are small enough', async () => {
    const encoder = kittyEncoder({ placeholders: false });
    const bytes = await encoder.encode({ input: 'rgb', bitmap: right }, PLACE);
    const commands = kittyCommands(bytes);
    const removal = commands.pop();
    expect(commands.length).toBeGreaterThan(2);
    expect(Math.max(...commands.map(({ payload }) => payload.length))).toBeLessThanOrEqual(4096);
    expect(commands.map(({ keys }) => keys.get('m'))).toEqual([
      ...commands.slice(1).map(() => '1'),
      '0',
    ]);
    const [{ keys } = { keys: new Map<string, string>() }] = commands;
    expect(Object.fromEntries(keys)).toMatchObject({
      ...{ a: 'T', q: '2', f: '24', s: '321', v: '200', c: '40', r: '12', o: 'z', C: '1' },
    });
    expect([removal?.keys.get('a'), removal?.keys.get('d')]).toEqual(['d', 'I']);
    expect(removal?.keys.get('i')).not.toBe(keys.get('i'));
    const packed = Buffer.from(commands.map(({ payload }) => payload).join(''), 'base64');
    const shown = { ...SIZE, rgb: new Uint8Array(inflateSync(packed)) };
    expect(psnr(shown, right)).toBe(Infinity);
    expect(psnr(shown, wrong)).toBeLessThan(14);
  });

  it('changes between two numbers of a slot and removes the other one each time', async () => {
    const encoder = kittyEncoder({ placeholders: false });
    const numbers: (string | undefined)[][] = [];
    for (const turn of [0, 1, 2]) {
      const bytes = await encoder.encode({ input: 'rgb', bitmap: right }, { ...PLACE, turn });
      const commands = kittyCommands(bytes);
      numbers.push([commands[0]?.keys.get('i'), commands.at(-1)?.keys.get('i')]);
    }
    expect(numbers).toEqual([
      ['22', '23'],
      ['23', '22'],
      ['22', '23'],
    ]);
  });

  it('asks for half of the pixels each way over a link, for all of them on this machine', () => {
    const onScreen = { width: 801, height: 400 };
    const half = kittyEncoder({ placeholders: false }).wanted(onScreen);
    expect(half).toEqual({ width: 401, height: 200 });
    const memory = new SharedMemory();
    expect(kittyEncoder({ placeholders: false, memory }).wanted(onScreen)).toEqual(onScreen);
  });

  it('puts a placeholder picture through tmux with its escapes doubled', async () => {
    const encoder = kittyEncoder({ placeholders: true, wrap: wrapForTmux });
    const bytes = await encoder.encode({ input: 'rgb', bitmap: right }, PLACE);
    const inner: string[] = [];
    const rest = bytes
      .toString('latin1')
      .replaceAll(/\x1bPtmux;((?:[^\x1b]|\x1b\x1b)*)\x1b\\/g, (_, body: string) => {
        inner.push(body.replaceAll('\x1b\x1b', '\x1b'));
        return '';
      });
    expect(rest).toBe('');
    const [first] = kittyCommands(Buffer.from(inner.join(''), 'latin1'));
    expect(first?.keys.get('U')).toBe('1');
    expect(first?.keys.get('i')).toBe('22');
  });

  it('has a placeholder for 297 rows and columns, in the order of the protocol', () => {
    expect(PLACEHOLDERS_MAX).toBe(297);
    // The protocol's own example: rows and columns 0 and 1 are U+0305 and U+030D.
    expect(placeholderAt(0, 1)).toBe('\u{10eeee}\u0305\u030d');
    // Counted from the end of the protocol's table, which has U+1D244 last.
    expect(placeholderAt(296, 255)).toBe('\u{10eeee}\u{1d244}\ua8e5');
  });
});

describe.runIf(existsSync(SHARED_MEMORY_FOLDER))('kitty by shared memory', () => {
  it('hands over the pixels in an object that only this user can read', async () => {
    const memory = new SharedMemory();
    const encoder = kittyEncoder({ placeholders: false, memory });
    const bytes = await encoder.encode({ input: 'rgb', bitmap: right }, PLACE);
    const [first] = kittyCommands(bytes);
    expect(first?.keys.get('t')).toBe('s');
    const name = Buffer.from(first?.payload ?? '', 'base64').toString('latin1');
    expect(name).toMatch(/^\/meet-\d+-[0-9a-f]{16}-1$/);
    const file = join(SHARED_MEMORY_FOLDER, name);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const shown = { ...SIZE, rgb: new Uint8Array(readFileSync(file)) };
    expect(psnr(shown, right)).toBe(Infinity);
    expect(psnr(shown, wrong)).toBeLessThan(14);
    expect(bytes.length).toBeLessThan(200);
    encoder.eraseAll();
    expect(existsSync(file)).toBe(false);
  });
});

describe('shared memory', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'meet-shm-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('removes what programs that were killed have left, and nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meet-shm-'));
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const [left, own, young, foreign] = [
      `meet-${gone}-0123456789abcdef-1`,
      `meet-${process.pid}-0123456789abcdef-1`,
      `meet-${gone}-0123456789abcdef-2`,
      `meet-${gone}-notes`,
    ] as const;
    for (const name of [left, own, young, foreign]) writeFileSync(join(folder, name), '');
    const nowMs = Date.now();
    for (const name of [left, own, foreign]) {
      utimesSync(join(folder, name), nowMs / 1000 - 60, nowMs / 1000 - 60);
    }
    expect(await sweepSharedMemory(nowMs, folder)).toBe(1);
    expect(readdirSync(folder).sort()).toEqual([own, young, foreign].sort());
    rmSync(folder, { recursive: true });
    expect(await sweepSharedMemory(nowMs, folder)).toBe(0);
  });

  it('takes back the oldest objects of a terminal that reads none', async () => {
    const memory = new SharedMemory(folder);
    for (let n = 0; n < 100; n += 1) await memory.put(Buffer.from([n]));
    expect(readdirSync(folder).length).toBe(64);
    memory.removeAll();
    expect(readdirSync(folder)).toEqual([]);
  });
});
