import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openFramesRecording } from '../../../src/daemon/recording/frames-recording.js';
import { readFramesFolder } from '../../../src/daemon/recording/frames-reader.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { makeFrame } from '../../../src/transport/frame.js';
import type { PictureKind } from '../../../src/transport/stream-kind.js';
import { FaultyDisk } from './faulty-disk.js';
import { jpeg, soundFrame } from './frames.js';
import { LentFrames } from './lent-frames.js';
import { segmentsIn, sha256 } from './matroska-probe.js';
import { matroska } from './matroska-recording.js';
import { walkClusters } from './matroska-walk.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

const EVENTS_TRACK = 4;
const SIZES = await Promise.all([jpeg(64, 48), jpeg(80, 48)]);
type Size = 0 | 1;

/** A JPEG like no other: its number stands in a comment behind the start of image. */
function numbered(size: Size, number: number): Buffer {
  const comment = Buffer.from([0xff, 0xfe, 0, 6, 0, 0, 0, 0]);
  comment.writeUInt32BE(number, 4);
  return Buffer.concat([SIZES[size].subarray(0, 2), comment, SIZES[size].subarray(2)]);
}

/** A recording whose frames are lent, each of them with a payload of its own. */
class Scene {
  readonly disk = new FaultyDisk();
  readonly lent = new LentFrames();
  readonly root: string;
  readonly run: TestRecording;
  readonly #sequences = { screen: 0, video: 0, audio: 0 };

  constructor(root: string, format: 'mkv' | 'frames', queueBytes = 32 * 1024 ** 2) {
    this.root = root;
    this.run = new TestRecording(root, {
      fs: this.disk.fs,
      limits: { 'recording-queue-bytes': queueBytes },
      open: format === 'frames' ? openFramesRecording : matroska(SHORT_SEGMENTS),
    });
  }

  picture(kind: PictureKind, size: Size = 0): void {
    const sequence = this.#next(kind);
    const payload = numbered(size, sequence * 2 + (kind === 'screen' ? 0 : 1));
    this.#offer({ kind, sequence, capturedAtUs: this.#nowUs(), payload });
  }

  unchanged(kind: PictureKind): void {
    this.#offer({ kind, sequence: this.#next(kind), capturedAtUs: this.#nowUs() });
  }

  sound(): void {
    const sequence = this.#next('audio');
    const { payload } = soundFrame(sequence, 441);
    this.#offer({ kind: 'audio', sequence, capturedAtUs: this.#nowUs(), payload });
  }

  #offer(parts: Parameters<typeof makeFrame>[0]): void {
    this.lent.lend(makeFrame(parts), (frame) => {
      this.run.offer(frame);
    });
  }

  #nowUs(): number {
    return this.run.clock.wallUs();
  }

  #next(kind: 'screen' | 'video' | 'audio'): number {
    const sequence = this.#sequences[kind];
    this.#sequences[kind] += 1;
    return sequence;
  }

  /** Hashes of all media in all segments. Throws where a checksum does not fit. */
  async recorded(): Promise<string[]> {
    const paths = await segmentsIn(this.root);
    const files = await Promise.all(paths.map((path) => readFile(path)));
    return files
      .flatMap((bytes) => walkClusters(bytes).flatMap(({ blocks }) => blocks))
      .filter(({ track }) => track !== EVENTS_TRACK)
      .map(({ payload }) => sha256(payload));
  }
}

const SHORT_SEGMENTS = { segment: { ms: 2000, bytes: 2 * 1024 ** 3 } };

describe('The memory of recorded frames', () => {
  test('goes back as soon as they are in the file, all but that of the pictures shown', async () => {
    const scene = new Scene(await temporaryFolder(), 'mkv');
    for (let at = 0; at < 8; at += 1) {
      scene.picture('screen');
      scene.picture('video');
      scene.sound();
      scene.unchanged('video');
      expect(scene.lent.givenBack).not.toContain(`screen ${at}`);
      await scene.run.settle(500);
      expect(scene.lent.givenBack).toContain(`audio ${at}`);
    }
    await scene.run.recording.close();
    const shown = ['screen 7', 'video 14'];
    expect(scene.lent.givenBack).toHaveLength(4 * 8 - shown.length);
    expect(shown.filter((label) => scene.lent.givenBack.includes(label))).toEqual([]);
    expect(new Set(await scene.recorded()).size).toBe(3 * 8);
  });

  test('goes back as soon as they have files of their own', async () => {
    const scene = new Scene(await temporaryFolder(), 'frames');
    for (let at = 0; at < 8; at += 1) {
      scene.picture('screen');
      scene.sound();
      scene.unchanged('screen');
      await scene.run.settle();
    }
    const { paths } = await scene.run.recording.close();
    expect(scene.lent.givenBack).toHaveLength(3 * 8);
    const [folder = ''] = paths;
    const { lines } = await readFramesFolder(systemRecordingFs, folder);
    const pictures = lines.flatMap((line) =>
      line.type === 'frame' && line.kind === 'screen' ? [line.file] : [],
    );
    expect(pictures).toHaveLength(8);
    for (const file of pictures) {
      expect(scene.lent.payloads).toContain(sha256(await readFile(join(folder, file))));
    }
  });

  test('goes back when they are dropped for others, and not when they are not queued', async () => {
    const scene = new Scene(await temporaryFolder(), 'mkv', 12_000);
    for (let at = 0; at < 20; at += 1) scene.picture('screen');
    const { dropped } = scene.run.recording.stats().screen;
    expect(dropped).toBeGreaterThan(10);
    const oldest = Array.from({ length: dropped }, (_, at) => `screen ${at}`);
    expect(scene.lent.givenBack).toEqual(oldest);
    await scene.run.recording.close();
    expect(await scene.recorded()).toHaveLength(20 - dropped);
  });

  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('screen', 'video', 'sound') },
    { weight: 3, arbitrary: fc.constantFrom('still screen', 'still video') },
    { weight: 1, arbitrary: fc.constantFrom('resize', 'full', 'torn', 'mend') },
    { weight: 4, arbitrary: fc.constantFrom('wait', 'settle') },
  );

  test('is read by nobody once it went back, whatever the disk does', async () => {
    const steps = fc.array(step, { minLength: 10, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(16_000, 1024 ** 2), async (todo, queueBytes) => {
        const scene = new Scene(await temporaryFolder(), 'mkv', queueBytes);
        await play(scene, todo);
        scene.disk.mend();
        await scene.run.recording.close();
        for (const hash of await scene.recorded()) expect(scene.lent.payloads).toContain(hash);
      }),
      { numRuns: 60 },
    );
  });
});

async function play(scene: Scene, steps: readonly string[]): Promise<void> {
  let size: Size = 0;
  for (const step of steps) {
    if (step === 'screen' || step === 'video') scene.picture(step, size);
    else if (step === 'still screen') scene.unchanged('screen');
    else if (step === 'still video') scene.unchanged('video');
    else if (step === 'sound') scene.sound();
    else if (step === 'resize') size = size === 0 ? 1 : 0;
    else if (step === 'full') scene.disk.fail('writev', 'ENOSPC');
    else if (step === 'torn') scene.disk.fail('ftruncate', 'EIO');
    else if (step === 'mend') scene.disk.mend();
    // Writes begin, and what comes next comes meanwhile.
    else if (step === 'wait') scene.run.clock.advance(700);
    else await scene.run.settle(1000);
  }
}
