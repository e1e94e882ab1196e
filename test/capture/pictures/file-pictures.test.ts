import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filePictures } from '../../../src/capture/pictures/file-pictures.js';
import { TestPicture, readFrameNumber } from '../../../src/capture/pictures/test-picture.js';
import type { CaptureContext, PictureWish, Source } from '../../../src/capture/source.js';
import { needs, programPath } from '../../setup/programs.js';
import { rejectionOf } from '../rejection.js';
import { captureContext, videoWish } from './capture-context.js';
import { pixelsOf, psnrDb } from './pixels.js';
import { TestSink } from './sink.js';

const run = promisify(execFile);
const WIDTH = 320;
const HEIGHT = 180;
const CLIP_FRAMES = 6;
const CLIP_FPS = 10;
let folder = '';

interface Opened extends AsyncDisposable {
  readonly source: Source;
  readonly sink: TestSink;
}

async function openFile(
  device: string,
  wish: Partial<PictureWish> = {},
  context: CaptureContext = captureContext(),
): Promise<Opened> {
  const sink = new TestSink();
  const source = await filePictures('video').open({
    context,
    device,
    wish: videoWish(wish),
    sink,
    signal: new AbortController().signal,
  });
  return { source, sink, [Symbol.asyncDispose]: () => source.close() };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meet-file-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a picture file as a source', () => {
  const picture = (): Sharp =>
    sharp(new TestPicture(WIDTH, HEIGHT, 'X').draw(99, 0).data, {
      raw: { width: WIDTH, height: HEIGHT, channels: 3 },
    });

  test.each(['jpeg', 'png', 'webp'] as const)('stands still: %s', async (format) => {
    const path = join(folder, `still.${format}`);
    const bytes = await picture().toFormat(format, { quality: 95 }).toBuffer();
    await writeFile(path, bytes);
    await using file = await openFile(`file:${path}`, { fps: 30 });
    const [one, two] = await file.sink.pictures(2);
    expect(one?.payload.equals(two?.payload ?? Buffer.alloc(0))).toBe(true);
    expect(await psnrDb(one?.payload ?? Buffer.alloc(0), bytes)).toBeGreaterThan(25);
    expect(file.source).toMatchObject({
      backend: 'file',
      device: `file:${path}`,
      format: { width: WIDTH, height: HEIGHT },
    });
  });

  test('is scaled down to the wish', async () => {
    const path = join(folder, 'large.png');
    await writeFile(path, await picture().png().toBuffer());
    await using file = await openFile(`file:${path}`, { maxWidth: 160, maxHeight: 160 });
    expect(file.source.format).toMatchObject({ width: 160, height: 90 });
  });

  test('that is broken is a coded error', async () => {
    const path = join(folder, 'broken.png');
    const bytes = await picture().png().toBuffer();
    await writeFile(path, bytes.subarray(0, 60));
    const fault = await rejectionOf(openFile(`file:${path}`));
    expect(fault.code).toBe('MEET_FILE_SOURCE');
    expect(fault.message).toContain(path);
  });
});

describe.skipIf(needs('ffmpeg'))('a clip as a source', () => {
  let clip = '';

  /** Frames numbered as the test picture is, encoded without loss. */
  beforeAll(async () => {
    const frames = join(folder, 'frames');
    await mkdir(frames);
    const picture = new TestPicture(WIDTH, HEIGHT, 'X');
    for (let number = 0; number < CLIP_FRAMES; number += 1) {
      const { data } = picture.draw(number, 0);
      await sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
        .png()
        .toFile(join(frames, `${number}.png`));
    }
    clip = join(folder, 'clip.mkv');
    const input = ['-v', 'error', '-framerate', String(CLIP_FPS), '-i', join(frames, '%d.png')];
    await run(programPath('ffmpeg'), [...input, '-c:v', 'ffv1', clip]);
  });

  async function numbers(sink: TestSink, count: number): Promise<(number | undefined)[]> {
    const pictures = (await sink.pictures(count)).slice(0, count);
    return await Promise.all(
      pictures.map(async ({ payload }) => {
        const { data, width, height } = await pixelsOf(payload);
        return readFrameNumber(data, width, height);
      }),
    );
  }

  test('runs in a loop, frame by frame', async () => {
    await using file = await openFile(`file:${clip}`, { fps: 30 });
    const seen = await numbers(file.sink, CLIP_FRAMES * 2 + 2);
    const looped = seen.map((_, index) => index % CLIP_FRAMES);
    expect(seen).toEqual(looped);
  });

  test('runs at its own speed', async () => {
    await using file = await openFile(`file:${clip}`, { fps: 30 });
    const count = CLIP_FRAMES * 3;
    const pictures = await file.sink.pictures(count);
    const seconds =
      ((pictures[count - 1]?.capturedAtUs ?? 0) - (pictures[0]?.capturedAtUs ?? 0)) / 1e6;
    // ffmpeg reads a little ahead when it starts, so the first frames may come close together.
    expect(seconds).toBeGreaterThan(((count - 1) / CLIP_FPS) * 0.4);
  });

  test('gives fewer pictures than it has when fewer are wished', async () => {
    await using file = await openFile(`file:${clip}`, { fps: 5 });
    const seen = await numbers(file.sink, 5);
    expect(new Set(seen).size).toBe(3);
  });

  test('is scaled down to the wish', async () => {
    await using file = await openFile(`file:${clip}`, { maxWidth: 160, maxHeight: 1000 });
    expect(file.source.format).toMatchObject({ width: 160, height: 90 });
  });

  test('may have a name that looks like an option, a protocol or a pattern', async () => {
    const bytes = join(folder, 'concat:-i %d;$(x) é.mkv');
    await run('cp', [clip, bytes]);
    await using file = await openFile(`file:${bytes}`);
    expect(file.source.format).toMatchObject({ width: WIDTH });
  });

  test('may not fetch from elsewhere by way of a playlist', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const path = join(folder, 'list.m3u8');
    const lines = [
      '#EXTM3U',
      '#EXT-X-TARGETDURATION:1',
      '#EXTINF:1,',
      `http://127.0.0.1:${port}/a.ts`,
    ];
    await writeFile(path, `${lines.join('\n')}\n#EXT-X-ENDLIST\n`);
    const fault = await rejectionOf(openFile(`file:${path}`));
    await new Promise((resolve) => server.close(resolve));
    expect(fault.code).toBe('MEET_FILE_SOURCE');
    expect(asked).toBe(0);
  });

  test('that is no clip is a coded error with ffmpeg’s words', async () => {
    const path = join(folder, 'noise.mp4');
    await writeFile(path, Buffer.alloc(5000, 'no clip '));
    const fault = await rejectionOf(openFile(`file:${path}`));
    expect(fault.code).toBe('MEET_FILE_SOURCE');
    expect(fault.message).toMatch(/noise\.mp4.*Invalid data/);
  });

  test('needs ffmpeg, and says so', async () => {
    const context = captureContext({ findProgram: () => undefined, platform: 'linux' });
    const fault = await rejectionOf(openFile(`file:${clip}`, {}, context));
    expect(fault.code).toBe('MEET_FILE_SOURCE');
    expect(fault.message).toContain('apt-get install ffmpeg');
  });
});

describe('a file source that is not there', () => {
  test.each([
    ['a missing file', () => 'file:/does/not/exist.mp4'],
    ['a folder', () => `file:${folder}`],
    ['no path', () => 'file:'],
    ['a device', () => 'file:/dev/null'],
    ['a path with a zero byte', () => 'file:/tmp/a\0b'],
  ])('is a coded error: %s', async (_, device) => {
    const fault = await rejectionOf(openFile(device()));
    expect(fault.code).toBe('MEET_FILE_SOURCE');
    expect(fault.message).toMatch(/expected .*file:/);
  });
});
