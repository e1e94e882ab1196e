import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  COPY_ARGS,
  QUIET_ARGS,
  encodeArgs,
  qscaleOf,
} from '../../../src/capture/pictures/ffmpeg-args.js';
import { openFfmpegPictures } from '../../../src/capture/pictures/ffmpeg-pictures.js';
import { TestPicture } from '../../../src/capture/pictures/test-picture.js';
import type { PictureWish, Source } from '../../../src/capture/source.js';
import type { Clock } from '../../../src/transport/clock.js';
import { systemClock } from '../../../src/transport/clock.js';
import { MeetError } from '../../../src/transport/errors.js';
import { readJpegSize } from '../../../src/transport/jpeg-header.js';
import { needs, programPath } from '../../setup/programs.js';
import { rejectionOf } from '../rejection.js';
import { captureContext, videoWish } from './capture-context.js';
import { pixelsOf } from './pixels.js';
import { TestSink } from './sink.js';

let folder = '';

interface Opened extends AsyncDisposable {
  readonly source: Source;
  readonly sink: TestSink;
}

interface Start {
  readonly args: readonly string[];
  readonly wish?: Partial<PictureWish>;
  /** Instead of ffmpeg. */
  readonly program?: string;
  readonly limitRate?: boolean;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

async function open(start: Start): Promise<Opened> {
  const sink = new TestSink();
  const wish = videoWish(start.wish);
  const program = start.program ?? programPath('ffmpeg');
  const context = captureContext({
    findProgram: () => program,
    clock: start.clock ?? systemClock,
  });
  const signal = start.signal ?? new AbortController().signal;
  const source = await openFfmpegPictures({
    request: { context, device: undefined, wish, sink, signal },
    wish,
    backend: 'ffmpeg-test',
    device: 'some device',
    args: start.args,
    limitRate: start.limitRate ?? false,
    fault: (words, opened) =>
      new MeetError('MEET_DEVICE_LOST', `${opened ? 'running' : 'opening'}: ${words}`),
  });
  return { source, sink, [Symbol.asyncDispose]: () => source.close() };
}

/** A clock that runs a hundred times as fast, so that 5 s of silence are over in 50 ms. */
const fastClock: Clock = {
  ...systemClock,
  now: () => systemClock.now() * 100,
  every: (ms, run) => systemClock.every(ms / 100, run),
};

async function script(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

/** ffmpeg's own moving picture, at its own speed. */
function moving(fps: number): readonly string[] {
  return [...QUIET_ARGS, '-re', '-f', 'lavfi', '-i', `testsrc=size=320x240:rate=${fps}`];
}

describe.skipIf(needs('ffmpeg'))('an ffmpeg that keeps running', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meet-ffmpeg-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('that is killed is a coded fault, told once', async () => {
    const pidFile = join(folder, 'pid');
    const program = await script(
      'wrapper',
      `echo $$ > ${pidFile}; exec ${programPath('ffmpeg')} "$@"`,
    );
    await using opened = await open({ args: [...moving(10), ...encodeArgs(videoWish())], program });
    process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
    const fault = await opened.sink.fault();
    expect(fault.code).toBe('MEET_DEVICE_LOST');
    expect(fault.message).toMatch(/^running: /);
    await opened.source.close();
    expect(opened.sink.faults.length).toBe(1);
  });

  test('whose input ends tells it', async () => {
    const input = [...moving(30), '-frames:v', '3'];
    await using opened = await open({ args: [...input, ...encodeArgs(videoWish({ fps: 30 }))] });
    expect((await opened.sink.fault()).message).toBe('running: it said nothing');
    expect(opened.sink.captured.length).toBe(3);
  });

  test('that can not begin tells its last words', async () => {
    const args = [...QUIET_ARGS, '-i', '/does/not/exist', ...encodeArgs(videoWish())];
    const fault = await rejectionOf(open({ args }));
    expect(fault.message).toMatch(/^opening: .*No such file/);
  });

  test('that gives nothing is silent', async () => {
    const mute = await script('mute', 'exec sleep 1000');
    const fault = await rejectionOf(open({ args: [], program: mute, clock: fastClock }));
    expect(fault.code).toBe('MEET_DEVICE_SILENT');
  });

  test('that falls silent later is a fault, and is ended', async () => {
    const pidFile = join(folder, 'silent-pid');
    const text = `echo $$ > ${pidFile}; ${programPath('ffmpeg')} "$@"; exec sleep 1000`;
    const program = await script('silent', text);
    const args = [...moving(30), '-frames:v', '1', ...encodeArgs(videoWish({ fps: 30 }))];
    let speed = 1; // while ffmpeg starts, time runs as it does
    const clock: Clock = { ...systemClock, now: () => systemClock.now() * speed };
    await using opened = await open({ args, program, clock });
    speed = 100;
    const fault = await opened.sink.fault();
    expect(fault.code).toBe('MEET_DEVICE_SILENT');
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('that writes something else is refused', async () => {
    const noise = await script('noise', 'exec yes');
    const fault = await rejectionOf(open({ args: [], program: noise }));
    expect(fault.code).toBe('MEET_FRAME_MALFORMED');
  });

  test('is ended when its signal aborts while it opens, and not after that', async () => {
    const abort = new AbortController();
    const mute = await script('mute', 'exec sleep 1000');
    const opening = rejectionOf(open({ args: [], program: mute, signal: abort.signal }));
    abort.abort();
    expect((await opening).code).toBe('MEET_CLOSED');
    const later = new AbortController();
    const args = [...moving(30), ...encodeArgs(videoWish({ fps: 30 }))];
    await using opened = await open({ args, signal: later.signal });
    later.abort();
    const count = opened.sink.captured.length;
    await opened.sink.pictures(count + 5);
  });

  test('passes the JPEGs of a camera on, with Huffman tables where they lack', async () => {
    const raw = new TestPicture(320, 240, 'X').draw(5, 0);
    const jpeg = await sharp(raw.data, { raw: { width: 320, height: 240, channels: 3 } })
      .jpeg({ quality: 80, optimiseCoding: false })
      .toBuffer();
    const bare = withoutHuffmanTables(jpeg);
    expect(bare.length).toBeLessThan(jpeg.length - 400);
    const path = join(folder, 'camera.mjpeg');
    await writeFile(path, Buffer.concat(Array.from({ length: 5 }, () => bare)));
    const input = [...QUIET_ARGS, '-re', '-f', 'mjpeg', '-i', path];
    await using opened = await open({ args: [...input, ...COPY_ARGS] });
    const [first] = await opened.sink.pictures(1);
    const payload = first?.payload ?? Buffer.alloc(0);
    expect(readJpegSize(payload)).toEqual({ width: 320, height: 240 });
    expect((await pixelsOf(payload)).data.equals((await pixelsOf(jpeg)).data)).toBe(true);
  });

  test('is held to the rate that was wished where the device has its own', async () => {
    const args = [...moving(30), ...encodeArgs(videoWish({ fps: 30 }))];
    await using opened = await open({ args, limitRate: true, wish: { fps: 10 } });
    const pictures = await opened.sink.pictures(9);
    const tookUs = (pictures[8]?.capturedAtUs ?? 0) - (pictures[0]?.capturedAtUs ?? 0);
    expect(tookUs).toBeGreaterThan(500_000);
  });
});

describe("ffmpeg's quantiser", () => {
  test('falls as quality rises and stays in its range', () => {
    const scales = Array.from({ length: 100 }, (_, index) => qscaleOf(index + 1));
    expect(scales).toEqual([...scales].sort((a, b) => b - a));
    expect([scales[0], scales[49], scales[74], scales[99]]).toEqual([31, 12, 6, 1]);
  });
});

/** Drops all DHT segments before the scan, as cameras do (AVI1 JPEGs). */
function withoutHuffmanTables(jpeg: Buffer): Buffer {
  const kept = [jpeg.subarray(0, 2)];
  let at = 2;
  while (jpeg[at + 1] !== 0xda) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (jpeg[at + 1] !== 0xc4) kept.push(jpeg.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, jpeg.subarray(at)]);
}
