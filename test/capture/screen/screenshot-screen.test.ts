import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { screenshotScreen } from '../../../src/capture/screen/screenshot-screen.js';
import type { EncoderLoader } from '../../../src/capture/pictures/choose-encoder.js';
import { jimpEncoder } from '../../../src/capture/pictures/jimp-encoder.js';
import type { PictureWish, Source } from '../../../src/capture/source.js';
import { needs } from '../../setup/programs.js';
import type { XDisplayFixture } from '../../setup/x-display.js';
import { startXDisplay } from '../../setup/x-display.js';
import { captureContext, screenWish } from '../pictures/capture-context.js';
import { psnrDb } from '../pictures/pixels.js';
import { TestSink } from '../pictures/sink.js';
import { rejectionOf } from '../rejection.js';

let display: XDisplayFixture;

interface Opened extends AsyncDisposable {
  readonly source: Source;
  readonly sink: TestSink;
}

async function openScreen(
  device: string,
  wish: Partial<PictureWish> = {},
  loadEncoder?: EncoderLoader,
): Promise<Opened> {
  const sink = new TestSink();
  const source = await screenshotScreen(loadEncoder).open({
    context: captureContext(),
    device,
    wish: screenWish(wish),
    sink,
    signal: new AbortController().signal,
  });
  return { source, sink, [Symbol.asyncDispose]: () => source.close() };
}

describe.skipIf(needs('xvfb', 'xterm', 'xclock', 'xrandr', 'imagemagick'))(
  'the screen through screenshot-desktop',
  () => {
    let folder = '';
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'meet-screenshot-'));
      display = await startXDisplay();
      await display.startStaticPrograms();
    });
    afterAll(async () => {
      await display.close();
      await rm(folder, { recursive: true, force: true });
    });

    test('is what ImageMagick sees on that display, though our own DISPLAY is another', async () => {
      const before = process.env.DISPLAY;
      await using screen = await openScreen(display.name);
      const [first] = await screen.sink.pictures(1);
      expect(await psnrDb(first?.payload ?? Buffer.alloc(0), await display.shot())).toBeGreaterThan(
        30,
      );
      expect(screen.source).toMatchObject({
        backend: 'screenshot-desktop',
        device: display.name,
        format: { codec: 'jpeg', width: display.width, height: display.height, fps: 10 },
      });
      expect(process.env.DISPLAY).toBe(before);
    });

    test('is the same through jimp', async () => {
      await using screen = await openScreen(display.name, {}, () => Promise.resolve(jimpEncoder));
      const [first] = await screen.sink.pictures(1);
      expect(await psnrDb(first?.payload ?? Buffer.alloc(0), await display.shot())).toBeGreaterThan(
        30,
      );
    });

    test('gives the same bytes while nothing moves, at most as often as was wished', async () => {
      await using screen = await openScreen(display.name, { fps: 4 });
      const [one, two, three] = await screen.sink.pictures(3);
      expect(one?.payload.equals(two?.payload ?? Buffer.alloc(0))).toBe(true);
      const tookUs = (three?.capturedAtUs ?? 0) - (one?.capturedAtUs ?? 0);
      expect(tookUs).toBeGreaterThan(400_000);
    });

    test('is scaled down to the wish', async () => {
      await using screen = await openScreen(display.name, { maxWidth: 400, maxHeight: 400 });
      expect(screen.source.format).toMatchObject({ width: 400, height: 225 });
    });

    test('that goes away is a coded fault, told once', async () => {
      await using dying = await startXDisplay({ width: 320, height: 240 });
      await using screen = await openScreen(dying.name);
      await dying.server.close();
      const fault = await screen.sink.fault();
      expect(fault.code).toMatch(/^MEET_DEVICE_(LOST|NAME)$/);
      expect(fault.message).toContain(dying.name);
      await screen.source.close();
      expect(screen.sink.faults.length).toBe(1);
    });

    test('that is not there is a coded error, though the library can only fail unseen', async () => {
      const fault = await rejectionOf(openScreen(':54321'));
      expect(fault.code).toBe('MEET_DEVICE_NAME');
      expect(fault.message).toContain('":54321"');
    });

    test('that has no output says so, in words of ours', async () => {
      const xrandr = join(folder, 'xrandr');
      const words = 'Screen 0: minimum 8 x 8, current 800 x 600\nDP-1 disconnected (normal left)';
      await writeFile(xrandr, `#!/bin/sh\necho '${words}'\n`, { mode: 0o700 });
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH ?? ''}` };
      const opening = screenshotScreen().open({
        context: captureContext({ env }),
        device: display.name,
        wish: screenWish(),
        sink: new TestSink(),
        signal: new AbortController().signal,
      });
      const fault = await rejectionOf(opening);
      expect(fault.code).toBe('MEET_DEVICE_NONE');
      expect(fault.message).toContain('has no output that is on');
    });

    test.each([':0; touch CANARY', ':0$(touch CANARY)', '-x', ':0 -o CANARY'])(
      'whose name is hostile runs nothing: %j',
      async (name) => {
        const canary = join(folder, 'canary');
        const fault = await rejectionOf(openScreen(name.replace('CANARY', canary)));
        expect(fault.code).toBe('MEET_DEVICE_NAME');
        expect(existsSync(canary)).toBe(false);
      },
    );
  },
);

describe('screenshot-desktop without its programs', () => {
  test.each([
    ['xrandr', 'apt-get install x11-xserver-utils'],
    ['import', 'apt-get install imagemagick'],
  ])('names %s and the command that installs it', async (program, command) => {
    const context = captureContext({
      platform: 'linux',
      env: { DISPLAY: ':0' },
      findProgram: (name) => (name === program ? undefined : `/usr/bin/${name}`),
    });
    const fault = await screenshotScreen().unavailable(context);
    expect(fault?.code).toBe('MEET_PROGRAM_MISSING');
    expect(fault?.message).toContain(command);
  });
});
