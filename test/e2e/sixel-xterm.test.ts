import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bitmap } from '../../src/tui/pictures/picture-encoder.js';
import { portsText } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { startXDisplay } from '../setup/x-display.js';
import { blurredPsnr, resized, samplePicture } from '../tui/pictures/sample-picture.js';
import { Meeting } from './meeting.js';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));
const SIZE = { width: 640, height: 360 };
const PATIENCE_MS = 30_000;
/** Dithering is finer than an eye sees. */
const SIGMA = 4;

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

/** The part of a photograph that is full of colour: the picture, without the words around it. */
async function colourful(png: Buffer): Promise<Bitmap | undefined> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const across = new Uint32Array(width);
  const down = new Uint32Array(height);
  for (let at = 0; at < width * height; at += 1) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at * 3, at * 3 + 3);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) < 25) continue;
    across[at % width] = (across[at % width] ?? 0) + 1;
    down[Math.floor(at / width)] = (down[Math.floor(at / width)] ?? 0) + 1;
  }
  const isFull = (count: number): boolean => count > 120;
  const [left, right] = [across.findIndex(isFull), across.findLastIndex(isFull)];
  const [top, bottom] = [down.findIndex(isFull), down.findLastIndex(isFull)];
  if (left === -1 || top === -1) return undefined;
  const area = { left, top, width: right - left + 1, height: bottom - top + 1 };
  const rgb = await sharp(png).removeAlpha().extract(area).raw().toBuffer();
  return { width: area.width, height: area.height, rgb };
}

describe('a real xterm that draws sixels', () => {
  it.skipIf(needs('xvfb', 'xterm', 'imagemagick'))(
    'shows what another machine shares, as a photograph of its display tells',
    { timeout: 90_000 },
    async () => {
      const right = samplePicture(SIZE, 2);
      const path = join(meeting.cwd, 'page.png');
      await sharp(right.rgb, { raw: { ...SIZE, channels: 3 } }).toFile(path);
      const { ports } = await meeting.serve();
      const where = ['--ports', portsText(ports)];
      meeting.start(['share', '--screen', `file:${path}`, '--name', 'kiosk', ...where]);
      await using display = await startXDisplay({ width: 900, height: 700 });
      await display.start('xterm', [
        ...['-ti', 'vt340', '-geometry', '110x40+0+0', '-bg', 'black', '-fg', 'white'],
        ...['-xrm', 'XTerm*decTerminalID: vt340', '-xrm', 'XTerm*numColorRegisters: 256'],
        ...['-e', 'env', `XDG_RUNTIME_DIR=${meeting.cwd}`, 'LANG=C.UTF-8', 'TERM=xterm'],
        ...[process.execPath, MEET, 'watch', 'kiosk/screen', '--no-play', ...where],
      ]);
      const untilMs = performance.now() + PATIENCE_MS;
      let [rightDb, wrongDb] = [0, Infinity];
      while (rightDb < 24 && performance.now() < untilMs) {
        const shown = await colourful(await display.shot());
        if (shown === undefined || shown.width < 300) continue;
        const seen = await resized(shown, SIZE);
        rightDb = await blurredPsnr(seen, right, SIGMA);
        wrongDb = await blurredPsnr(seen, samplePicture(SIZE, 1), SIGMA);
      }
      process.stdout.write(
        `photographed: ${rightDb.toFixed(1)} dB, wrong ${wrongDb.toFixed(1)} dB\n`,
      );
      expect(rightDb).toBeGreaterThanOrEqual(24);
      expect(wrongDb).toBeLessThan(14);
    },
  );
});
