import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { jimpEncoder } from '../../../src/capture/pictures/jimp-encoder.js';
import type { EncoderLoader } from '../../../src/capture/pictures/choose-encoder.js';
import { TestPicture, readFrameNumber } from '../../../src/capture/pictures/test-picture.js';
import { testPictures } from '../../../src/capture/pictures/test-pictures.js';
import type { Captured, PictureWish, Source } from '../../../src/capture/source.js';
import { rejectionOf } from '../rejection.js';
import { captureContext, screenWish, videoWish } from './capture-context.js';
import { pixelsOf } from './pixels.js';
import { TestSink } from './sink.js';

interface Opened extends AsyncDisposable {
  readonly source: Source;
  readonly sink: TestSink;
}

async function openTest(
  wish: Partial<PictureWish> = {},
  loadEncoder?: EncoderLoader,
): Promise<Opened> {
  const sink = new TestSink();
  const source = await testPictures('screen', loadEncoder).open({
    context: captureContext(),
    device: undefined,
    wish: screenWish(wish),
    sink,
    signal: new AbortController().signal,
  });
  return { source, sink, [Symbol.asyncDispose]: () => source.close() };
}

async function numberOf(captured: Captured | undefined): Promise<number | undefined> {
  const { data, width, height } = await pixelsOf(captured?.payload ?? Buffer.alloc(0));
  return readFrameNumber(data, width, height);
}

const SIZES: readonly (readonly [number, number])[] = [
  [1920, 1080],
  [1280, 720],
  [641, 363],
  [640, 360],
  [320, 240],
  [160, 120],
  [128, 72],
];
const NUMBERS = [0, 1, 42, 0x5555_5555, 0xaaaa_aaaa, 0x8000_0001, 0xffff_ffff];

describe('the test picture', () => {
  test.each(SIZES)('carries its frame number through JPEG at %dx%d', async (width, height) => {
    const picture = new TestPicture(width, height, 'SCREEN TEST');
    for (const number of NUMBERS) {
      const { data } = picture.draw(number, Date.now() * 1000);
      const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 40 })
        .toBuffer();
      expect(readFrameNumber((await pixelsOf(jpeg)).data, width, height)).toBe(number);
    }
  });

  test('keeps its frame number when a viewer scales it', async () => {
    const { data, width, height } = new TestPicture(1280, 720, 'X').draw(0xdead_beef, 0);
    const small = await sharp(data, { raw: { width, height, channels: 3 } })
      .resize(400, 225)
      .raw()
      .toBuffer();
    expect(readFrameNumber(small, 400, 225)).toBe(0xdead_beef);
  });

  test('moves: two frames differ in more than the number', () => {
    const picture = new TestPicture(640, 360, 'X');
    const rows = 640 * 3 * 330; // above the blocks
    const one = Buffer.from(picture.draw(7, 1e15).data.subarray(0, rows));
    expect(picture.draw(7, 1e15).data.subarray(0, rows).equals(one)).toBe(true);
    expect(picture.draw(8, 1e15).data.subarray(0, rows).equals(one)).toBe(false);
    expect(
      picture
        .draw(7, 1e15 + 1000)
        .data.subarray(0, rows)
        .equals(one),
    ).toBe(false);
  });

  test('draws again only what moved, and leaves no trace of it', () => {
    const picture = new TestPicture(640, 360, 'VIDEO TEST');
    for (let number = 0; number < 120; number += 1) picture.draw(number, number * 98_765_432);
    const fresh = new TestPicture(640, 360, 'VIDEO TEST');
    expect(picture.draw(33, 5e12).data.equals(fresh.draw(33, 5e12).data)).toBe(true);
  });

  test.each([
    [1, 1],
    [7, 3],
    [20, 200],
    [4000, 20],
  ])('can be drawn at any size: %dx%d', (width, height) => {
    const { data } = new TestPicture(width, height, 'SCREEN TEST').draw(3, 0);
    expect(data.length).toBe(width * height * 3);
  });

  test('is not mistaken for another picture', () => {
    expect(readFrameNumber(Buffer.alloc(640 * 360 * 3, 128), 640, 360)).toBeUndefined();
  });
});

describe('the test source', () => {
  test('gives numbered pictures without a gap, in order', async () => {
    await using opened = await openTest({ fps: 30, maxWidth: 640, maxHeight: 360 });
    const pictures = (await opened.sink.pictures(6)).slice(0, 6);
    const numbers = await Promise.all(pictures.map(numberOf));
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5]);
    expect(opened.source).toMatchObject({ kind: 'screen', backend: 'test', device: 'test' });
  });

  test('is 1280x720 and shrinks to the wish, never beyond', async () => {
    await using large = await openTest({ maxWidth: 1920, maxHeight: 1080 });
    expect(large.source.format).toMatchObject({ width: 1280, height: 720, fps: 10 });
    await using small = await openTest({ maxWidth: 320, maxHeight: 320 });
    expect(small.source.format).toMatchObject({ width: 320, height: 180 });
    expect(
      (await pixelsOf((await small.sink.pictures(1))[0]?.payload ?? Buffer.alloc(0))).height,
    ).toBe(180);
  });

  test('keeps to the rate', async () => {
    await using opened = await openTest({ fps: 20, maxWidth: 160, maxHeight: 90 });
    const pictures = await opened.sink.pictures(21);
    const tookUs = (pictures[20]?.capturedAtUs ?? 0) - (pictures[0]?.capturedAtUs ?? 0);
    expect(tookUs).toBeGreaterThan(930_000);
  });

  test('waits while the sharer is not ready, and then misses no number', async () => {
    await using opened = await openTest({ fps: 60, maxWidth: 160, maxHeight: 90 });
    await opened.sink.pictures(2);
    opened.sink.isReady = false;
    await opened.sink.asked(2);
    const count = opened.sink.captured.length;
    await opened.sink.asked(6);
    expect(opened.sink.captured.length).toBe(count);
    opened.sink.isReady = true;
    const pictures = await opened.sink.pictures(count + 1);
    expect(await numberOf(pictures[count])).toBe(count);
  });

  test('works through jimp', async () => {
    const loadJimp: EncoderLoader = () => Promise.resolve(jimpEncoder);
    await using opened = await openTest({ maxWidth: 320, maxHeight: 180 }, loadJimp);
    expect(await numberOf((await opened.sink.pictures(1))[0])).toBe(0);
  });

  test('gives nothing after it was closed, however often', async () => {
    const { source, sink } = await openTest({ fps: 60, maxWidth: 160, maxHeight: 90 });
    await Promise.all([source.close(), source.close()]);
    const count = sink.captured.length;
    await source.close();
    expect(sink.captured.length).toBe(count);
    expect(sink.faults).toEqual([]);
  });

  test('does not open once its signal is aborted', async () => {
    const opening = testPictures('video').open({
      context: captureContext(),
      device: undefined,
      wish: videoWish(),
      sink: new TestSink(),
      signal: AbortSignal.abort(),
    });
    expect((await rejectionOf(opening)).code).toBe('MEET_CLOSED');
  });
});
