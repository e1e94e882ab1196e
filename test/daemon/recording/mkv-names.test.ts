import { basename } from 'node:path';
import { expect, test } from 'vitest';
import type { RecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import type { Recorder, Recording } from '../../../src/daemon/recording/recording.js';
import { cleanName } from '../../../src/transport/clean-text.js';
import { limitsWith } from '../../../src/transport/limits.js';
import { needs } from '../../setup/programs.js';
import { PICTURE, SOUND, STARTED_AT_US, jpeg, pictureFrame, soundFrame } from './frames.js';
import { ManualClock } from '../../setup/manual-clock.js';
import { decodeAll, inspect, probe, segmentsIn } from './matroska-probe.js';
import { matroskaRecorder } from './matroska-recording.js';
import { temporaryFolder } from './temporary-folder.js';

const LONG_MS = 600_000;
/** More than are tried one after the other for a free one. */
const MANY = 130;

/** The disk, and when something has been written to it. */
class Disk {
  readonly #waiting: (() => void)[] = [];
  readonly fs: RecordingFs = {
    ...systemRecordingFs,
    writev: async (...args) => {
      const bytes = await systemRecordingFs.writev(...args);
      for (const wake of this.#waiting.splice(0)) setImmediate(wake);
      return bytes;
    },
  };

  /** Resolves when all that was offered is in a file: after each write it is looked again. */
  async settled(...recordings: readonly Recording[]): Promise<void> {
    while (recordings.some((each) => each.stats().waitingFrames > 0)) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }
}

function recorderIn(root: string, clock: ManualClock, segmentMs: number, disk: Disk): Recorder {
  return matroskaRecorder(
    {
      root,
      clock,
      fs: disk.fs,
      limits: limitsWith({ 'disk-free-bytes': 0 }),
      onEvent: ({ state, words }) => {
        if (state === 'stopped') throw new Error(words);
      },
    },
    { segment: { ms: segmentMs, bytes: 2 ** 31 } },
  );
}

function openFor(recorder: Recorder, participantName: string, room = 'main'): Recording {
  return recorder.open({ room, participantName, startedAtUs: STARTED_AT_US });
}

test('Two participants whose names are one file name keep their own files, however many', async () => {
  const root = await temporaryFolder();
  const clock = new ManualClock();
  const disk = new Disk();
  const often = recorderIn(root, clock, 1000, disk);
  const seldom = recorderIn(root, clock, LONG_MS, disk);
  const [first, second] = [openFor(seldom, 'Kiosk 1'), openFor(often, 'kiosk-1')];
  let sequence = 0;
  const offer = async (recording: Recording): Promise<void> => {
    sequence += 1;
    recording.offer(soundFrame(sequence, 8), SOUND, clock.wallUs());
    clock.advance(500);
    await disk.settled(recording);
  };
  await offer(first);
  for (let at = 0; at < MANY; at += 1) {
    clock.advance(1000);
    await offer(second);
  }
  clock.advance(LONG_MS);
  await offer(first);
  await Promise.all([often.close(), seldom.close()]);
  const { counters } = await first.close();
  expect(counters.audio).toMatchObject({ offered: 2, written: 2 });
  const paths = await segmentsIn(root);
  expect(paths).toHaveLength(MANY + 2);
  const ends = [paths.at(0), paths.at(-1)].map((path) => basename(path ?? ''));
  expect(ends).toEqual(['kiosk-1-0001.mkv', `kiosk-1-0${MANY + 2}.mkv`]);
});

test.skipIf(needs('ffmpeg', 'mkvtoolnix'))(
  'The longest names that come in fit into a head',
  async () => {
    const root = await temporaryFolder();
    const clock = new ManualClock();
    const disk = new Disk();
    const recorder = recorderIn(root, clock, LONG_MS, disk);
    // Four bytes a letter, one cell each.
    const longest = cleanName('𐐷'.repeat(100));
    expect(Buffer.byteLength(longest)).toBeGreaterThan(100);
    const recording = openFor(recorder, longest, longest);
    recording.remark({ type: 'chat', name: longest, text: '𐐷'.repeat(1000), atUs: STARTED_AT_US });
    const picture = await jpeg();
    for (const kind of ['screen', 'video'] as const) {
      recording.offer(pictureFrame(kind, 0, picture), PICTURE, clock.wallUs());
    }
    recording.offer(soundFrame(0), SOUND, clock.wallUs());
    clock.advance(1000);
    await disk.settled(recording);
    await recorder.close();
    const [path = '', ...others] = await segmentsIn(root);
    expect(others).toEqual([]);
    await decodeAll(path);
    await inspect(path);
    const { tracks, tags } = await probe(path);
    expect([...tracks.keys()]).toEqual(['screen', 'camera', 'sound', 'meeting']);
    expect(tags['PARTICIPANT']).toBe(longest);
  },
);
