import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSource } from '../../../src/capture/backend-choice.js';
import { cameraBackends } from '../../../src/capture/camera/camera-backends.js';
import { requireShellSafe, webcamCamera } from '../../../src/capture/camera/webcam-camera.js';
import type { PictureWish, Source } from '../../../src/capture/source.js';
import { needs, programPath } from '../../setup/programs.js';
import { captureContext, videoWish } from '../pictures/capture-context.js';
import { psnrDb } from '../pictures/pixels.js';
import { TestSink } from '../pictures/sink.js';
import { rejectionOf } from '../rejection.js';

const run = promisify(execFile);
const camera = webcamCamera();
let folder = '';

interface Opened extends AsyncDisposable {
  readonly source: Source;
  readonly sink: TestSink;
}

async function openCamera(
  device: string | undefined,
  wish: Partial<PictureWish> = {},
): Promise<Opened> {
  const sink = new TestSink();
  const signal = new AbortController().signal;
  const context = captureContext({ env: { ...process.env, TMPDIR: folder } });
  const source = await camera.open({ context, device, wish: videoWish(wish), sink, signal });
  return { source, sink, [Symbol.asyncDispose]: () => source.close() };
}

/** fswebcam's own shot, without our hands in it. */
async function barsOf(size: string): Promise<Buffer> {
  const { stdout } = await run(
    programPath('fswebcam'),
    ['-q', '-r', size, '-d', 'TEST:', '--no-banner', '--png', '1', '-'],
    { encoding: 'buffer' },
  );
  return stdout;
}

async function webcamFolders(): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('meet-webcam-'));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meet-camera-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(needs('fswebcam'))("fswebcam's test source through node-webcam", () => {
  test("is fswebcam's colour bars, without banner or timestamp", async () => {
    await using bars = await openCamera('TEST:', { maxWidth: 640, maxHeight: 480 });
    const [first] = await bars.sink.pictures(1);
    expect(
      await psnrDb(first?.payload ?? Buffer.alloc(0), await barsOf('640x480')),
    ).toBeGreaterThan(30);
    expect(bars.source).toMatchObject({
      backend: 'node-webcam',
      device: 'TEST:',
      format: { width: 640, height: 480, fps: 15 },
    });
  });

  test('gives the same bytes each time', async () => {
    await using bars = await openCamera('TEST:', { maxWidth: 320, maxHeight: 240 });
    const [one, two] = await bars.sink.pictures(2);
    expect(one?.payload.equals(two?.payload ?? Buffer.alloc(0))).toBe(true);
  });

  test('waits while the sharer is not ready', async () => {
    await using bars = await openCamera('TEST:', { maxWidth: 320, maxHeight: 240, fps: 30 });
    await bars.sink.pictures(2);
    bars.sink.isReady = false;
    await bars.sink.asked(2); // a shot that was under way may still have come before the second
    const count = bars.sink.captured.length;
    await bars.sink.asked(5);
    expect(bars.sink.captured.length).toBe(count);
    bars.sink.isReady = true;
    await bars.sink.pictures(count + 1);
  });

  test('leaves no file behind when it is closed', async () => {
    const bars = await openCamera('TEST:');
    expect((await webcamFolders()).length).toBe(1);
    await bars.source.close();
    expect(await webcamFolders()).toEqual([]);
  });

  test('is listed last, as a device', async () => {
    expect((await camera.devices(captureContext())).at(-1)?.name).toBe('TEST:');
  });

  test('is opened by auto, though ffmpeg comes first and does not know it', async () => {
    const sink = new TestSink();
    const source = await openSource({
      kind: 'video',
      source: 'TEST:',
      backend: 'auto',
      backends: cameraBackends,
      context: captureContext(),
      wish: videoWish(),
      sink,
      signal: new AbortController().signal,
    });
    expect(source.backend).toBe('node-webcam');
    await source.close();
  });
});

describe.skipIf(needs('fswebcam'))('a name for node-webcam', () => {
  test.each([
    'TEST:; touch CANARY',
    'TEST:$(touch CANARY)',
    '/dev/video0`touch CANARY`',
    '/dev/video0\ntouch CANARY',
    '/dev/video0 -o CANARY',
    '/dev/../dev/video0',
    'FILE:/tmp/a;touch CANARY',
    'FILE:/tmp/a b',
    'FILE:',
    "'",
    '-h',
    '',
  ])('that is hostile runs nothing: %j', async (name) => {
    const canary = join(folder, 'canary');
    const fault = await rejectionOf(openCamera(name.replace('CANARY', canary)));
    expect(fault.code).toBe('MEET_DEVICE_NAME');
    expect(existsSync(canary)).toBe(false);
  });

  test.each(['cam; touch x', "cam' -h '", '$(x)', '`x`', 'a\nb', '-h', '"'])(
    'is refused on a Mac and on Windows as well: %j',
    (name) => {
      expect(() => {
        requireShellSafe(name, 'darwin');
      }).toThrow('is not a camera');
      expect(() => {
        requireShellSafe(name, 'win32');
      }).toThrow('is not a camera');
    },
  );

  test('of a camera that is not there is told', async () => {
    const fault = await rejectionOf(openCamera('/dev/video987'));
    expect(fault.code).toBe('MEET_DEVICE_NAME');
    expect(fault.message).toMatch(/no camera "\/dev\/video987".*meet devices/);
  });

  test('of a file that is no picture ends without a picture, coded', async () => {
    const path = join(folder, 'no-picture');
    await writeFile(path, 'text');
    const fault = await rejectionOf(openCamera(`FILE:${path}`));
    expect(fault.code).toBe('MEET_DEVICE_LOST');
  });

  test('is not needed to learn that fswebcam is missing', async () => {
    const context = captureContext({ platform: 'linux', findProgram: () => undefined });
    const fault = await camera.unavailable(context);
    expect(fault?.code).toBe('MEET_PROGRAM_MISSING');
    expect(fault?.message).toContain('apt-get install fswebcam');
  });
});
