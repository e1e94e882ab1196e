import { mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { framesRecorder } from '../../../src/daemon/recording/frames-recorder.js';
import { readFramesFolder } from '../../../src/daemon/recording/frames-reader.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { decodeWavHeader } from '../../../src/daemon/recording/wav-header.js';
import { limitsWith } from '../../../src/transport/limits.js';
import { STARTED_AT_US, jpeg, pictureFrame, soundFrame } from './frames.js';
import { ManualClock } from '../../setup/manual-clock.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

async function read(path: string) {
  const reading = await readFramesFolder(systemRecordingFs, path);
  expect(reading.faults).toEqual([]);
  expect(reading.hasTornLine).toBe(false);
  return reading.lines;
}

async function soundOf(folder: string, file: string): Promise<Buffer> {
  const bytes = await readFile(join(folder, file));
  expect(decodeWavHeader(bytes)?.dataBytes).toBe(bytes.length - 44);
  return bytes.subarray(44);
}

describe('A recording in the frames format', () => {
  test('holds every picture and every sample, and its index leads to each', async () => {
    const run = new TestRecording(await temporaryFolder());
    const payload = await jpeg();
    const chunks = [0, 1, 2, 3].map((sequence) => soundFrame(sequence));
    for (const [at, chunk] of chunks.entries()) {
      run.offer(pictureFrame('screen', at * 2, payload));
      run.offer(pictureFrame('video', at, payload));
      run.offer(chunk);
    }
    const { paths, counters } = await run.recording.close();
    const [folder = ''] = paths;
    const lines = await read(folder);
    const frames = lines.filter((line) => line.type === 'frame');
    expect(frames).toHaveLength(12);
    for (const line of frames.filter(({ kind }) => kind !== 'audio')) {
      expect(await readFile(join(folder, line.file))).toEqual(payload);
      const capturedMs = Math.floor(line.capturedAtUs / 1000);
      const name = `${line.kind}/${String(line.seq).padStart(9, '0')}-${capturedMs}.jpg`;
      expect(line).toMatchObject({ file: name, sizeBytes: payload.length, encodedAfterUs: 1234 });
    }
    const wav = await readFile(join(folder, 'audio-0001.wav'));
    for (const line of frames.filter(({ kind }) => kind === 'audio')) {
      const at = line.offsetBytes ?? Number.NaN;
      expect(wav.subarray(at, at + line.sizeBytes)).toEqual(chunks[line.seq]?.payload);
    }
    expect(await soundOf(folder, 'audio-0001.wav')).toEqual(
      Buffer.concat(chunks.map((chunk) => chunk.payload)),
    );
    expect(counters).toMatchObject({
      screen: { offered: 4, written: 4, dropped: 0, writtenBytes: 4 * payload.length },
      audio: { offered: 4, written: 4, dropped: 0 },
      waitingFrames: 0,
      waitingBytes: 0,
    });
  });

  test('begins with who was recorded, as they are called, and ends with when', async () => {
    const run = new TestRecording(await temporaryFolder());
    run.offer(soundFrame(0));
    const { paths } = await run.recording.close();
    const lines = await read(paths[0] ?? '');
    expect(lines[0]).toEqual({
      type: 'start',
      version: 1,
      room: 'Lab 1',
      participant: 'Ünal/../kiosk',
      startedAtUs: STARTED_AT_US,
    });
    expect(lines.at(-1)).toEqual({ type: 'end', endedAtUs: run.clock.wallUs() });
    expect(run.states).toEqual(['started', 'ended']);
  });

  test('makes nothing on disk for a participant who sends nothing', async () => {
    const root = await temporaryFolder();
    const run = new TestRecording(join(root, 'recordings'));
    run.recording.note('screen', { reason: 'away', fromUs: 1, toUs: 2 });
    expect(await run.recording.close()).toMatchObject({ paths: [] });
    expect(await readdir(root)).toEqual([]);
    expect(run.events).toEqual([]);
  });

  test('writes what came within 200 ms, without waiting for its end', async () => {
    const run = new TestRecording(await temporaryFolder());
    run.offer(soundFrame(0));
    run.offer(pictureFrame('screen', 0, await jpeg()));
    await run.settle();
    const { path } = await run.event('started');
    const types = (await read(path)).map((line) => line.type);
    expect(types).toEqual(['start', 'format', 'frame', 'format', 'frame']);
    await run.recording.close();
  });

  test('keeps an unchanged picture as a line only', async () => {
    const run = new TestRecording(await temporaryFolder());
    run.offer(pictureFrame('screen', 0, await jpeg()));
    run.offer(pictureFrame('screen', 1));
    const { paths, counters } = await run.recording.close();
    const [folder = ''] = paths;
    const line = (await read(folder)).find(({ type }) => type === 'unchanged');
    expect(line).toMatchObject({ kind: 'screen', seq: 1 });
    expect(await readdir(join(folder, 'screen'))).toHaveLength(1);
    expect(counters.screen).toMatchObject({ offered: 2, written: 1, unchanged: 1, dropped: 0 });
  });

  test('gives files and folders to nobody else', async () => {
    const root = join(await temporaryFolder(), 'made', 'by us');
    const run = new TestRecording(root);
    run.offer(pictureFrame('video', 0, await jpeg()));
    run.offer(soundFrame(0));
    const { paths } = await run.recording.close();
    const [folder = ''] = paths;
    const modes = async (path: string) => (await stat(path)).mode & 0o777;
    expect(await modes(root)).toBe(0o700);
    expect(await modes(join(folder, '..'))).toBe(0o700);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      expect([path, await modes(path)]).toEqual([path, entry.isDirectory() ? 0o700 : 0o600]);
    }
  });

  test('closes once, drops what comes later, and leaves no timer', async () => {
    const run = new TestRecording(await temporaryFolder());
    run.offer(soundFrame(0));
    const [one, other] = await Promise.all([run.recording.close(), run.recording.close()]);
    expect(other).toBe(one);
    run.offer(soundFrame(1));
    expect(run.recording.stats().audio).toMatchObject({ offered: 2, written: 1, dropped: 1 });
    expect(run.clock.pending).toBe(0);
    expect(run.states).toEqual(['started', 'ended']);
  });
});

describe('Sound', () => {
  test('goes to a new WAV when its format changes', async () => {
    const run = new TestRecording(await temporaryFolder());
    const mono = { codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 1 } as const;
    const chunks = [0, 1, 2].map((sequence) => soundFrame(sequence));
    for (const [at, chunk] of chunks.entries()) run.offer(chunk, at === 1 ? mono : undefined);
    const { paths } = await run.recording.close();
    const [folder = ''] = paths;
    const lines = await read(folder);
    expect(lines.filter(({ type }) => type === 'format')).toMatchObject([
      { kind: 'audio', file: 'audio-0001.wav', sampleRateHz: 44_100, channels: 2 },
      { kind: 'audio', file: 'audio-0002.wav', sampleRateHz: 48_000, channels: 1 },
      { kind: 'audio', file: 'audio-0003.wav', sampleRateHz: 44_100, channels: 2 },
    ]);
    for (const [at, chunk] of chunks.entries()) {
      expect(await soundOf(folder, `audio-000${at + 1}.wav`)).toEqual(chunk.payload);
    }
  });

  test('goes to a new WAV when one would grow past its limit, between chunks', async () => {
    const chunks = Array.from({ length: 7 }, (_, sequence) => soundFrame(sequence));
    const chunkBytes = chunks[0]?.payload.length ?? 0;
    const wavMostBytes = chunkBytes * 3 + 1;
    const run = new TestRecording(await temporaryFolder(), { more: { wavMostBytes } });
    for (const chunk of chunks) {
      run.offer(chunk);
      if (chunk.sequence === 1) await run.settle();
    }
    const { paths } = await run.recording.close();
    const [folder = ''] = paths;
    await read(folder);
    const files = ['audio-0001.wav', 'audio-0002.wav', 'audio-0003.wav'];
    const sounds = await Promise.all(files.map((file) => soundOf(folder, file)));
    expect(sounds.map((sound) => sound.length / chunkBytes)).toEqual([3, 3, 1]);
    expect(Buffer.concat(sounds)).toEqual(Buffer.concat(chunks.map((chunk) => chunk.payload)));
  });

  test('that no WAV can hold is dropped with a line that says why', async () => {
    const run = new TestRecording(await temporaryFolder());
    run.offer(soundFrame(0));
    run.recording.offer(soundFrame(1), undefined, STARTED_AT_US);
    run.offer(soundFrame(2), { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 5 });
    const { paths, counters } = await run.recording.close();
    const gaps = (await read(paths[0] ?? '')).filter(({ type }) => type === 'gap');
    expect(gaps).toMatchObject([{ reason: 'no-format' }, { reason: 'malformed' }]);
    expect(counters.audio).toMatchObject({ offered: 3, written: 1, dropped: 2 });
  });
});

describe('What is not there', () => {
  test('is no picture: an empty one leaves no file', async () => {
    const run = new TestRecording(await temporaryFolder());
    const empty = { ...pictureFrame('screen', 0), unchanged: false };
    run.offer(empty);
    run.offer(pictureFrame('screen', 1, await jpeg()));
    const { paths, counters } = await run.recording.close();
    expect(counters.screen).toMatchObject({ offered: 2, written: 1, dropped: 1 });
    expect(await readdir(join(paths[0] ?? '', 'screen'))).toHaveLength(1);
  });

  test('is noted in the index, as the hub tells it', async () => {
    const run = new TestRecording(await temporaryFolder());
    run.offer(soundFrame(0));
    const gap = { reason: 'lost', frames: 3, fromSequence: 1, toSequence: 3 } as const;
    run.recording.note('audio', { ...gap, fromUs: 10, toUs: 20 });
    const { paths } = await run.recording.close();
    const lines = await read(paths[0] ?? '');
    const line = { type: 'gap', kind: 'audio', reason: 'lost', frames: 3, fromSeq: 1, toSeq: 3 };
    expect(lines).toContainEqual({ ...line, fromUs: 10, toUs: 20 });
  });
});

describe('Folders', () => {
  test('of one name and one second get a number each', async () => {
    const root = await temporaryFolder();
    const names = [];
    for (let stay = 0; stay < 3; stay += 1) {
      const run = new TestRecording(root);
      run.offer(soundFrame(0));
      names.push(basename((await run.recording.close()).paths[0] ?? ''));
    }
    const name = '20261123T121530Z-unal-kiosk';
    expect(names).toEqual([name, `${name}-2`, `${name}-3`]);
  });

  test('are never made through a symlink that stands for a room', async () => {
    const root = await temporaryFolder();
    const elsewhere = await temporaryFolder();
    await symlink(elsewhere, join(root, 'lab-1'));
    const run = new TestRecording(root);
    run.offer(soundFrame(0));
    const [, stopped] = await Promise.all([run.settle(), run.event('stopped')]);
    expect(stopped.code).toBe('MEET_DISK_WRITE');
    expect(stopped.words).toContain('is a symlink or a file, expected a folder');
    await run.recording.close();
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test('may lie behind a root that is a symlink: the operator chose it', async () => {
    const root = join(await temporaryFolder(), 'link');
    const elsewhere = await temporaryFolder();
    await symlink(elsewhere, root);
    const run = new TestRecording(root);
    run.offer(soundFrame(0));
    await run.recording.close();
    expect(await readdir(elsewhere)).toEqual(['lab-1']);
  });

  test('are written to by no symlink planted where a file will come', async () => {
    const root = await temporaryFolder();
    const victim = join(await temporaryFolder(), 'victim');
    await writeFile(victim, 'precious');
    const run = new TestRecording(root);
    run.offer(soundFrame(0));
    await run.settle();
    const { path } = await run.event('started');
    const next = pictureFrame('screen', 0, await jpeg());
    const name = `000000000-${Math.floor(next.capturedAtUs / 1000)}.jpg`;
    await mkdir(join(path, 'screen'));
    await symlink(victim, join(path, 'screen', name));
    await symlink(victim, join(path, 'screen', `${name}.part`));
    run.offer(next);
    await Promise.all([run.settle(), run.event('stopped')]);
    const { counters } = await run.recording.close();
    expect(await readFile(victim, 'utf8')).toBe('precious');
    expect(counters.screen).toMatchObject({ offered: 1, written: 0, dropped: 1 });
  });
});

test('A recorder closes all that it opened, each in a folder of its own', async () => {
  const root = await temporaryFolder();
  const ended: string[] = [];
  const recorder = framesRecorder({
    root,
    fs: systemRecordingFs,
    clock: new ManualClock(),
    limits: limitsWith({ 'disk-free-bytes': 0 }),
    onEvent: (event, stay) => {
      if (event.state === 'ended') ended.push(`${stay.participantName} ${basename(event.path)}`);
    },
  });
  for (const participantName of ['a', 'b', 'b']) {
    const stay = { room: 'r', participantName, startedAtUs: STARTED_AT_US };
    recorder.open(stay).offer(pictureFrame('screen', 0, await jpeg()), undefined, STARTED_AT_US);
  }
  recorder.open({ room: 'r', participantName: 'silent', startedAtUs: STARTED_AT_US });
  await Promise.all([recorder.close(), recorder.close()]);
  const stamp = '20261123T121530Z';
  expect(ended.sort()).toEqual([`a ${stamp}-a`, `b ${stamp}-b`, `b ${stamp}-b-2`]);
});
