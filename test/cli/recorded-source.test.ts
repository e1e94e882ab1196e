import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { filePictures } from '../../src/capture/pictures/file-pictures.js';
import { fileSoundBackend } from '../../src/capture/sound/file-sound.js';
import { recordedFiles } from '../../src/cli/rec/recorded-source.js';
import type { TimedBlock } from '../../src/daemon/recording/matroska/segment-muxer.js';
import { captureContext, screenWish } from '../capture/pictures/capture-context.js';
import { TestSink } from '../capture/pictures/sink.js';
import { KeepingSink, contextWith, openSound } from '../capture/sound/sound-bench.js';
import { SteppedClock } from '../capture/sound/stepped-clock.js';
import { rejectionOf } from '../capture/rejection.js';
import { jpeg } from '../daemon/recording/frames.js';
import { STARTED_AT_US, makeSegment, place } from '../daemon/recording/reading/made-segment.js';
import { loudestFrequencyHz, rmsOf } from '../setup/tone.js';
import { tone } from '../e2e/recorded-people.js';

const HZ = 440;
/** Somebody who is muted from 400 ms to 1200 ms; the loop is 1600 ms. */
const CHUNKS = 80;
const isMuted = (chunk: number): boolean => chunk >= 20 && chunk < 60;

async function stored(appends: readonly (readonly TimedBlock[])[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'meet-recorded-source-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const size = { width: 32, height: 16 };
  return await place(join(folder, `odd: 'x' %d $(y) é.mkv`), makeSegment({ appends, size }).bytes);
}

/** Half a second an append, as the recorder writes them. */
function halves(blocks: readonly TimedBlock[]): TimedBlock[][] {
  const at = (half: number): number => STARTED_AT_US + half * 500_000;
  return [0, 1, 2, 3].map((half) =>
    blocks.filter(({ atUs }) => atUs >= at(half) && atUs < at(half + 1)),
  );
}

function sound(): TimedBlock[] {
  return Array.from({ length: CHUNKS }, (_, chunk): TimedBlock => ({
    track: 'audio',
    atUs: STARTED_AT_US + chunk * 20_000,
    payload: tone(HZ, chunk / 50),
  })).filter((_, chunk) => !isMuted(chunk));
}

describe('a recording that is shared again', () => {
  it('sounds at its times, silent where nobody was heard, in a loop', async () => {
    const path = await stored(halves(sound()));
    const clock = new SteppedClock();
    const sink = new KeepingSink();
    const context = contextWith({}, {}, clock);
    const source = await openSound(recordedFiles(fileSoundBackend), context, `file:${path}`, sink);
    for (let frames = 2; frames <= 2 * CHUNKS; frames += 1) {
      clock.jump(20);
      await sink.frames(frames);
    }
    await source.close();
    expect(source.format).toEqual({ codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 1 });
    const pcm = sink.pcm(source);
    const heard = sink.captured.map(
      ({ payload }) => rmsOf({ ...pcm, bytes: payload.subarray(480, -480) }) > 0.05,
    );
    const expected = heard.map((_, frame) => !isMuted(frame % CHUNKS));
    // At the edges a chunk may be heard in part.
    const wrong = heard.filter((is, at) => is !== expected[at]).length;
    expect(wrong).toBeLessThanOrEqual(6);
    const first = { ...pcm, bytes: pcm.bytes.subarray(0, 16_384 * 2) };
    expect(Math.abs(loudestFrequencyHz(first) - HZ)).toBeLessThan(3);
  });

  it('shows its pictures as they were recorded, byte for byte, again and again', async () => {
    const pictures = await Promise.all([1, 2, 3, 4].map(() => jpeg(32, 16)));
    // Told apart by a byte behind the picture's end.
    const recorded = pictures.map((payload, at) => Buffer.concat([payload, Buffer.from([at])]));
    const blocks = recorded.map((payload, at): TimedBlock => ({
      track: 'screen',
      atUs: STARTED_AT_US + at * 300_000,
      payload,
    }));
    const path = await stored(halves(blocks));
    const sink = new TestSink();
    const source = await recordedFiles(filePictures('screen')).open({
      context: captureContext(),
      device: `file:${path}`,
      wish: screenWish({ fps: 30 }),
      sink,
      signal: new AbortController().signal,
    });
    const numbers = (): number[] =>
      sink.captured
        .map(({ payload }) => payload.at(-1) ?? -1)
        .filter((number, at, all) => number !== all[at - 1]);
    for (let count = 1; numbers().length < 9; count += 1) await sink.pictures(count);
    await source.close();
    expect(source.format).toMatchObject({ codec: 'jpeg', width: 32, height: 16 });
    expect(sink.captured.every(({ payload }) => recorded.some((one) => one.equals(payload)))).toBe(
      true,
    );
    // Each follows the one before it, or a later one on a machine that is busy; and the loop goes on.
    const steps = numbers().map((number, at, all) => (number - (all[at - 1] ?? 3) + 4) % 4);
    expect(steps.filter((step) => step === 1).length).toBeGreaterThan(steps.length / 2);
  });

  it('is sent smaller where that is wished', async () => {
    const payload = await jpeg(32, 16);
    const path = await stored(halves([{ track: 'screen', atUs: STARTED_AT_US, payload }]));
    const sink = new TestSink();
    const source = await recordedFiles(filePictures('screen')).open({
      context: captureContext(),
      device: `file:${path}`,
      wish: screenWish({ maxWidth: 16, maxHeight: 16 }),
      sink,
      signal: new AbortController().signal,
    });
    await source.close();
    expect(source.format).toMatchObject({ width: 16, height: 8 });
  });

  it('begins anew when all of its streams were closed, with what the file is by then', async () => {
    const [first, second] = await Promise.all([jpeg(32, 16), jpeg(16, 16)]);
    const path = await stored(halves([{ track: 'screen', atUs: STARTED_AT_US, payload: first }]));
    const context = captureContext();
    const open = () =>
      recordedFiles(filePictures('screen')).open({
        ...{ context, device: `file:${path}`, wish: screenWish(), sink: new TestSink() },
        signal: new AbortController().signal,
      });
    const source = await open();
    expect(source.format).toMatchObject({ width: 32 });
    await source.close();
    const size = { width: 16, height: 16 };
    const blocks: TimedBlock[] = [{ track: 'screen', atUs: STARTED_AT_US + 1e9, payload: second }];
    const startedAtUs = STARTED_AT_US + 1e9;
    await place(path, makeSegment({ startedAtUs, appends: [blocks], size }).bytes);
    const again = await open();
    expect(again.format).toMatchObject({ width: 16 });
    await again.close();
    await again.close();
  });

  it('says what it has where it has not what is wished', async () => {
    const path = await stored(halves(sound()));
    const opening = recordedFiles(filePictures('screen')).open({
      context: captureContext(),
      device: `file:${path}`,
      wish: screenWish(),
      sink: new TestSink(),
      signal: new AbortController().signal,
    });
    const fault = await rejectionOf(opening);
    expect(fault.code).toBe('MEET_FILE_SOURCE');
    expect(fault.message).toContain('has no screen that can be read; it has: sound');
  });

  it('leaves other files to others', async () => {
    const path = await stored([[]]);
    await writeFile(path, 'no recording');
    const sink = new KeepingSink();
    const opening = openSound(recordedFiles(fileSoundBackend), contextWith(), `file:${path}`, sink);
    const fault = await rejectionOf(opening);
    expect(fault.message).toContain('ffmpeg gives no sound');
  });
});
