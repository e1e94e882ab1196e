import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ffmpegScreen } from '../../../src/capture/screen/ffmpeg-screen.js';
import type { PictureWish, Source } from '../../../src/capture/source.js';
import { readJpegSize } from '../../../src/transport/jpeg-header.js';
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
  device: string | undefined,
  wish: Partial<PictureWish> = {},
  env: Readonly<Record<string, string | undefined>> = display.env,
): Promise<Opened> {
  const sink = new TestSink();
  const source = await ffmpegScreen.open({
    context: captureContext({ env }),
    device,
    wish: screenWish(wish),
    sink,
    signal: new AbortController().signal,
  });
  return { source, sink, [Symbol.asyncDispose]: () => source.close() };
}

describe.skipIf(needs('xvfb', 'xterm', 'xclock', 'xrandr', 'imagemagick', 'ffmpeg'))(
  'the screen through ffmpeg',
  () => {
    beforeAll(async () => {
      display = await startXDisplay();
      await display.startStaticPrograms();
    });
    afterAll(async () => {
      await display.close();
    });

    test('is what ImageMagick sees on that display', async () => {
      await using screen = await openScreen(display.name);
      const [first] = await screen.sink.pictures(1);
      expect(await psnrDb(first?.payload ?? Buffer.alloc(0), await display.shot())).toBeGreaterThan(
        30,
      );
      expect(screen.source).toMatchObject({
        kind: 'screen',
        backend: 'ffmpeg-x11grab',
        device: display.name,
        format: { codec: 'jpeg', width: display.width, height: display.height, fps: 10 },
      });
    });

    test('is the one of DISPLAY when none is named', async () => {
      await using screen = await openScreen(undefined);
      expect(screen.source.device).toBe(display.name);
    });

    test('gives the same bytes while nothing moves', async () => {
      await using screen = await openScreen(display.name, { fps: 30 });
      const [first, ...others] = await screen.sink.pictures(8);
      expect(others.every(({ payload }) => first?.payload.equals(payload))).toBe(true);
    });

    test('gives other bytes once something moves', async () => {
      await using screen = await openScreen(display.name, { fps: 30 });
      const [first] = await screen.sink.pictures(1);
      const clock = await display.start('xclock', [
        '-digital',
        '-update',
        '1',
        '-geometry',
        '+5+600',
      ]);
      let latest = first;
      while (latest === undefined || first?.payload.equals(latest.payload) === true) {
        latest = (await screen.sink.pictures(screen.sink.captured.length + 1)).at(-1);
      }
      await clock.close();
    });

    test('is scaled down to the wish and keeps its shape', async () => {
      await using screen = await openScreen(display.name, { maxWidth: 640, maxHeight: 600 });
      expect(screen.source.format).toMatchObject({ width: 640, height: 360 });
      const [first] = await screen.sink.pictures(1);
      expect(readJpegSize(first?.payload ?? Buffer.alloc(0))).toEqual({ width: 640, height: 360 });
    });

    test('is never enlarged', async () => {
      await using screen = await openScreen(display.name, { maxWidth: 7680, maxHeight: 4320 });
      expect(screen.source.format).toMatchObject({ width: display.width, height: display.height });
    });

    test('can begin at a corner', async () => {
      await using screen = await openScreen(`${display.name}.0+100,20`);
      expect(screen.source.format).toMatchObject({
        width: display.width - 100,
        height: display.height - 20,
      });
    });

    test('gets better and larger with quality', async () => {
      const shot = await display.shot();
      const results: { bytes: number; db: number }[] = [];
      for (const quality of [20, 75, 95]) {
        await using screen = await openScreen(display.name, { quality });
        const [first] = await screen.sink.pictures(1);
        const jpeg = first?.payload ?? Buffer.alloc(0);
        results.push({ bytes: jpeg.length, db: await psnrDb(jpeg, shot) });
      }
      const [low, middle, high] = results;
      expect(low?.bytes).toBeLessThan(middle?.bytes ?? 0);
      expect(middle?.bytes).toBeLessThan(high?.bytes ?? 0);
      expect(low?.db).toBeLessThan(middle?.db ?? 0);
      expect(middle?.db).toBeLessThan(high?.db ?? 0);
    });

    test('comes at the rate that was wished, with times that follow each other', async () => {
      await using screen = await openScreen(display.name, { fps: 20 });
      const pictures = await screen.sink.pictures(21);
      const times = pictures.map(({ capturedAtUs }) => capturedAtUs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      const seconds = ((times[20] ?? 0) - (times[0] ?? 0)) / 1e6;
      // 1 s less what a grabber that was held up at its start catches up with.
      expect(seconds).toBeGreaterThan(0.5);
      expect(Math.abs((times[20] ?? 0) / 1000 - Date.now())).toBeLessThan(5000);
      expect(pictures.every(({ encodedAfterUs }) => encodedAfterUs >= 0)).toBe(true);
    });

    test('ends without a fault when it is closed, and nothing comes after that', async () => {
      const screen = await openScreen(display.name, { fps: 60 });
      await Promise.all([screen.source.close(), screen.source.close()]);
      const count = screen.sink.captured.length;
      await screen.source.close();
      expect(screen.sink.captured.length).toBe(count);
      expect(screen.sink.faults).toEqual([]);
    });

    test.each([
      { change: 'grows', from: SMALL, to: LARGE },
      { change: 'shrinks', from: LARGE, to: SMALL },
    ])('that $change is a coded fault, and shown whole when opened again', async (row) => {
      await using changing = await startXDisplay();
      await changing.resize(row.from.width, row.from.height);
      await using screen = await openScreen(changing.name, {}, changing.env);
      expect(screen.source.format).toMatchObject(row.from);
      await changing.resize(row.to.width, row.to.height);
      expect((await screen.sink.fault()).code).toBe('MEET_DEVICE_LOST');
      await using again = await openScreen(changing.name, {}, changing.env);
      expect(again.source.format).toMatchObject(row.to);
    });

    test('that goes away is a coded fault, told once', async () => {
      await using dying = await startXDisplay({ width: 320, height: 240 });
      await using screen = await openScreen(dying.name, {}, dying.env);
      await dying.server.close();
      const fault = await screen.sink.fault();
      expect(fault.code).toBe('MEET_DEVICE_LOST');
      expect(fault.message).toContain(dying.name);
      expect(screen.sink.faults.length).toBe(1);
    });
  },
);

describe.skipIf(needs('ffmpeg'))('a screen that cannot be opened', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meet-screen-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('because no X server is there is a coded error that names it', async () => {
    const fault = await rejectionOf(openScreen(':54321', {}, process.env));
    expect(fault.code).toBe('MEET_DEVICE_NAME');
    expect(fault.message).toMatch(/":54321".*meet devices/);
  });

  test('because DISPLAY is not set says what to set', async () => {
    const fault = await rejectionOf(openScreen(undefined, {}, { PATH: process.env.PATH }));
    expect(fault.code).toBe('MEET_DEVICE_NONE');
    expect(fault.message).toMatch(/DISPLAY is not set/);
  });

  test.each([
    ['a command', ':0; touch CANARY'],
    ['a substitution', ':0$(touch CANARY)'],
    ['an option', '-vf'],
    ['a new line', ':0\ntouch CANARY'],
    ['a filter', ':0+1,1[x];movie=CANARY'],
    ['nothing', ''],
  ])('because its name is hostile (%s) runs nothing', async (_, name) => {
    const canary = join(folder, 'canary');
    const env = { PATH: process.env.PATH };
    const fault = await rejectionOf(openScreen(name.replace('CANARY', canary), {}, env));
    expect(fault.code).toMatch(/^MEET_DEVICE_(NAME|NONE)$/);
    expect(existsSync(canary)).toBe(false);
  });

  test('because ffmpeg is missing says what to install', async () => {
    const context = captureContext({ findProgram: () => undefined, platform: 'linux', env: {} });
    const fault = await ffmpegScreen.unavailable(context);
    expect(fault?.code).toBe('MEET_PROGRAM_MISSING');
    expect(fault?.message).toContain('apt-get install ffmpeg');
  });

  test('because the signal aborts ends the attempt', async () => {
    const opening = ffmpegScreen.open({
      context: captureContext({ env: { ...process.env, DISPLAY: ':54321' } }),
      device: undefined,
      wish: screenWish(),
      sink: new TestSink(),
      signal: AbortSignal.abort(),
    });
    expect((await rejectionOf(opening)).code).toBe('MEET_CLOSED');
  });
});

const SMALL = { width: 640, height: 360 };
const LARGE = { width: 1280, height: 720 };

describe('the screen in a Wayland session', () => {
  const wayland = { WAYLAND_DISPLAY: 'wayland-0' };
  const unavailable = (
    env: Readonly<Record<string, string>>,
    device?: string,
  ): ReturnType<typeof ffmpegScreen.unavailable> =>
    ffmpegScreen.unavailable(
      captureContext({ env, platform: 'linux', findProgram: () => '/usr/bin/ffmpeg' }),
      device,
    );

  test('is told plainly, with what works', async () => {
    const fault = await unavailable(wayland);
    expect(fault?.code).toBe('MEET_WAYLAND');
    expect(fault?.message).toMatch(/X session.*--screen test.*--screen file:/);
  });

  test('is told as well when XWayland gives a DISPLAY', async () => {
    const fault = await unavailable({ ...wayland, DISPLAY: ':0', XDG_SESSION_TYPE: 'wayland' });
    expect(fault?.code).toBe('MEET_WAYLAND');
    expect(fault?.message).toContain('--screen :0');
  });

  test('does not stop a display that the user names', async () => {
    const env = { ...wayland, DISPLAY: ':0', XDG_SESSION_TYPE: 'wayland' };
    expect(await unavailable(env, ':0')).toBeUndefined();
  });

  test('does not stop an X session that has a Wayland display beside it', async () => {
    const env = { ...wayland, DISPLAY: ':0', XDG_SESSION_TYPE: 'x11' };
    expect(await unavailable(env)).toBeUndefined();
  });
});
