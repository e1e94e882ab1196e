import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFramesFolder } from '../../../src/daemon/recording/frames-reader.js';
import type { RecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { jpeg, pictureFrame, soundFrame } from './frames.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** A disk whose files can be made to fail, by the end of their names. */
class FaultyDisk {
  failSync: RegExp | undefined;
  failOpen: string | undefined;
  /** Writes to such files stop half-way, for lack of room. */
  failWrite: RegExp | undefined;
  readonly syncs: string[] = [];
  readonly #names = new Map<number, string>();

  readonly fs: Partial<RecordingFs> = {
    open: async (path, flags, mode) => {
      if (this.failOpen !== undefined) throw systemError(this.failOpen);
      const fd = await systemRecordingFs.open(path, flags, mode);
      this.#names.set(fd, path);
      return fd;
    },
    writev: async (fd, buffers, position) => {
      if (this.failWrite?.test(this.#names.get(fd) ?? '') !== true) {
        return systemRecordingFs.writev(fd, buffers, position);
      }
      const bytes = Buffer.concat(buffers);
      if (bytes.length < 20) throw systemError('ENOSPC');
      return systemRecordingFs.writev(fd, [bytes.subarray(0, bytes.length - 10)], position);
    },
    fdatasync: async (fd) => {
      const name = this.#names.get(fd) ?? '';
      this.syncs.push(name.replace(/^.*\//, '').replace('.part', ''));
      if (this.failSync?.test(name) === true) throw systemError('EIO');
      await systemRecordingFs.fdatasync(fd);
    },
  };
}

async function linesOf(folder: string) {
  const { lines, faults } = await readFramesFolder(systemRecordingFs, folder);
  expect(faults).toEqual([]);
  return lines;
}

describe('A sync that fails', () => {
  test('makes its WAV suspect, is not tried again, and a new WAV begins', async () => {
    const disk = new FaultyDisk();
    disk.failSync = /audio-0001/;
    const run = new TestRecording(await temporaryFolder(), { fs: disk.fs });
    run.offer(soundFrame(0));
    await run.settle();
    run.clock.advance(1000);
    const suspect = await run.event('suspect');
    expect(suspect.code).toBe('MEET_DISK_WRITE');
    expect(suspect.words).toMatch(/audio-0001\.wav.*EIO/);
    run.offer(soundFrame(1));
    const { paths, suspectFiles } = await run.recording.close();
    expect(suspectFiles).toEqual(['audio-0001.wav']);
    expect(disk.syncs.filter((name) => name === 'audio-0001.wav')).toHaveLength(1);
    const lines = await linesOf(paths[0] ?? '');
    expect(lines).toContainEqual({
      type: 'suspect',
      file: 'audio-0001.wav',
      words: suspect.words,
    });
    const files = lines.flatMap((line) => (line.type === 'frame' ? [line.file] : []));
    expect(files).toEqual(['audio-0001.wav', 'audio-0002.wav']);
    expect(run.states).toEqual(['started', 'suspect', 'ended']);
  });

  test('of the index lets it go on in a new one', async () => {
    const disk = new FaultyDisk();
    disk.failSync = /index\.jsonl/;
    const run = new TestRecording(await temporaryFolder(), { fs: disk.fs });
    run.offer(soundFrame(0));
    await run.settle();
    run.clock.advance(1000);
    await run.event('suspect');
    run.offer(soundFrame(1));
    const { paths, suspectFiles } = await run.recording.close();
    const [folder = ''] = paths;
    expect(suspectFiles).toEqual(['index.jsonl']);
    expect(disk.syncs.filter((name) => name === 'index.jsonl')).toHaveLength(1);
    const second = await readFile(join(folder, 'index-0002.jsonl'), 'utf8');
    expect(second.split('\n')[0]).toContain('"suspect"');
    const sequences = (await linesOf(folder)).flatMap((line) =>
      line.type === 'frame' ? [line.seq] : [],
    );
    expect(sequences).toEqual([0, 1]);
  });

  test('of a picture stops the recording and leaves no picture', async () => {
    const disk = new FaultyDisk();
    disk.failSync = /\.jpg/;
    const run = new TestRecording(await temporaryFolder(), { fs: disk.fs });
    run.offer(pictureFrame('screen', 0, await jpeg()));
    await Promise.all([run.settle(), run.event('stopped')]);
    const { paths } = await run.recording.close();
    expect(await readdir(join(paths[0] ?? '', 'screen'))).toEqual([]);
  });
});

describe('A write that stops half-way', () => {
  test.each([/index/, /audio/, /\.jpg/])('in %s leaves nothing half-written', async (failWrite) => {
    const disk = new FaultyDisk();
    const run = new TestRecording(await temporaryFolder(), { fs: disk.fs });
    run.offer(soundFrame(0));
    await run.settle();
    const { path } = await run.event('started');
    const before = await readdir(path);
    disk.failWrite = failWrite;
    run.offer(soundFrame(1));
    run.offer(pictureFrame('screen', 0, await jpeg()));
    await Promise.all([run.settle(), run.event('stopped')]);
    const { counters, code } = await run.recording.close();
    expect(code).toBe('MEET_DISK_FULL');
    const { faults, hasTornLine } = await readFramesFolder(systemRecordingFs, path);
    expect({ faults, hasTornLine }).toEqual({ faults: [], hasTornLine: false });
    const wav = await readFile(join(path, 'audio-0001.wav'));
    expect(wav.readUInt32LE(40)).toBe(wav.length - 44);
    const after = await readdir(path, { recursive: true });
    expect(after.filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(after).toEqual(expect.arrayContaining(before));
    for (const { offered, written, dropped } of [counters.screen, counters.audio]) {
      expect(written + dropped).toBe(offered);
    }
  });
});

test('Sound and index are synced each second while something came, and not otherwise', async () => {
  const disk = new FaultyDisk();
  const run = new TestRecording(await temporaryFolder(), { fs: disk.fs });
  run.offer(soundFrame(0));
  await run.settle();
  run.clock.advance(1000);
  run.offer(soundFrame(1));
  await run.settle();
  expect(disk.syncs).toEqual(['audio-0001.wav', 'index.jsonl']);
  run.clock.advance(1000);
  run.offer(pictureFrame('screen', 0));
  await run.settle();
  run.clock.advance(1000);
  run.offer(pictureFrame('screen', 1));
  await run.settle();
  expect(disk.syncs.slice(2)).toEqual(['audio-0001.wav', 'index.jsonl', 'index.jsonl']);
  await run.recording.close();
});

describe('A recording that stops', () => {
  test.each([
    ['EROFS', 'MEET_DISK_WRITE', 'mount -o remount,rw'],
    ['EMFILE', 'MEET_DISK_WRITE', 'ulimit -n'],
    ['EACCES', 'MEET_DISK_WRITE', 'chown'],
    ['EDQUOT', 'MEET_DISK_FULL', 'quota'],
    ['ENOSPC', 'MEET_DISK_FULL', 'free some room'],
  ])('for %s says %s and how to mend it, and goes on in its folder', async (errno, code, words) => {
    const disk = new FaultyDisk();
    const run = new TestRecording(await temporaryFolder(), { fs: disk.fs });
    const picture = await jpeg();
    run.offer(pictureFrame('screen', 0, picture));
    await run.settle();
    disk.failOpen = errno;
    run.offer(pictureFrame('screen', 1, picture));
    const [, stopped] = await Promise.all([run.settle(), run.event('stopped')]);
    expect(stopped.code).toBe(code);
    expect(stopped.words).toContain(words);
    run.offer(pictureFrame('screen', 2, picture));
    run.clock.advance(1000);
    disk.failOpen = undefined;
    run.clock.advance(1000);
    await run.event('resumed');
    run.offer(pictureFrame('screen', 3, picture));
    const { paths, counters } = await run.recording.close();
    expect(paths).toHaveLength(1);
    expect(counters.screen).toMatchObject({ offered: 4, written: 2, dropped: 2 });
    const reason = code === 'MEET_DISK_FULL' ? 'disk-full' : 'disk-write';
    const line = { kind: 'screen', reason, frames: 2, fromSeq: 1, toSeq: 2 };
    const gaps = (await linesOf(paths[0] ?? '')).filter(({ type }) => type === 'gap');
    expect(gaps).toMatchObject([line]);
    expect(run.states).toEqual(['started', 'stopped', 'resumed', 'ended']);
  });

  test('since its folder was removed goes on in a new one', async () => {
    const run = new TestRecording(await temporaryFolder());
    run.offer(soundFrame(0));
    await run.settle();
    const { path } = await run.event('started');
    await rm(path, { recursive: true });
    run.clock.advance(1000);
    expect((await run.event('stopped')).words).toContain('was removed or moved');
    run.clock.advance(1000);
    const resumed = await run.event('resumed');
    run.offer(soundFrame(1));
    const { paths } = await run.recording.close();
    expect(paths).toEqual([path, resumed.path]);
    const sequences = (await linesOf(resumed.path)).flatMap((line) =>
      line.type === 'frame' ? [line.seq] : [],
    );
    expect(sequences).toEqual([1]);
  });

  test('since its folder was removed before the end says so', async () => {
    const run = new TestRecording(await temporaryFolder());
    run.offer(soundFrame(0));
    await run.settle();
    await rm((await run.event('started')).path, { recursive: true });
    expect(await run.recording.close()).toMatchObject({ code: 'MEET_DISK_WRITE' });
  });

  test('since its folder was moved leaves that one alone', async () => {
    const run = new TestRecording(await temporaryFolder());
    run.offer(soundFrame(0));
    await run.settle();
    const { path } = await run.event('started');
    const moved = `${path}-moved`;
    await rename(path, moved);
    run.clock.advance(1000);
    await run.event('stopped');
    const before = await readFile(join(moved, 'index.jsonl'), 'utf8');
    run.clock.advance(1000);
    await run.event('resumed');
    await run.recording.close();
    expect(await readFile(join(moved, 'index.jsonl'), 'utf8')).toBe(before);
  });

  test('since another folder took the place of its own touches neither', async () => {
    const run = new TestRecording(await temporaryFolder());
    run.offer(soundFrame(0));
    await run.settle();
    const { path } = await run.event('started');
    await rename(path, `${path}-moved`);
    await mkdir(path);
    await writeFile(join(path, 'index.jsonl'), 'precious');
    run.clock.advance(1000);
    await run.event('stopped');
    run.clock.advance(1000);
    expect((await run.event('resumed')).path).toBe(`${path}-2`);
    await run.recording.close();
    expect(await readFile(join(path, 'index.jsonl'), 'utf8')).toBe('precious');
  });

  test('since its folder of pictures was removed makes it again', async () => {
    const run = new TestRecording(await temporaryFolder());
    const picture = await jpeg();
    run.offer(pictureFrame('screen', 0, picture));
    await run.settle();
    const { path } = await run.event('started');
    await rm(join(path, 'screen'), { recursive: true });
    run.offer(pictureFrame('screen', 1, picture));
    await Promise.all([run.settle(), run.event('stopped')]);
    run.clock.advance(1000);
    await run.event('resumed');
    run.offer(pictureFrame('screen', 2, picture));
    await run.recording.close();
    expect(await readdir(join(path, 'screen'))).toHaveLength(1);
  });

  test('before it began leaves no empty folder behind each attempt', async () => {
    const disk = new FaultyDisk();
    disk.failOpen = 'EMFILE';
    const root = await temporaryFolder();
    await mkdir(join(root, 'lab-1'));
    const run = new TestRecording(root, { fs: disk.fs });
    run.offer(soundFrame(0));
    await Promise.all([run.settle(), run.event('stopped')]);
    run.clock.advance(1000);
    run.clock.advance(1000);
    const { counters, paths, code } = await run.recording.close();
    expect(await readdir(join(root, 'lab-1'))).toEqual([]);
    expect({ paths, code }).toEqual({ paths: [], code: 'MEET_DISK_WRITE' });
    expect(counters.audio).toMatchObject({ offered: 1, written: 0, dropped: 1 });
  });

  test('is not ended by a listener that throws', async () => {
    const more = {
      onEvent: () => {
        throw new Error('a listener with a fault');
      },
    };
    const run = new TestRecording(await temporaryFolder(), { more });
    run.offer(soundFrame(0));
    const { counters } = await run.recording.close();
    expect(counters.audio.written).toBe(1);
  });
});
