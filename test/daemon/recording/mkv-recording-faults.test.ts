import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecordingSummary } from '../../../src/daemon/recording/recording.js';
import type { Frame } from '../../../src/transport/frame.js';
import { makeFrame } from '../../../src/transport/frame.js';
import { needs } from '../../setup/programs.js';
import { FaultyDisk } from './faulty-disk.js';
import { STARTED_AT_US, jpeg, soundFrame } from './frames.js';
import { decodeAll, segmentsIn } from './matroska-probe.js';
import { matroska } from './matroska-recording.js';
import { walkClusters } from './matroska-walk.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

class Scene {
  readonly disk = new FaultyDisk();
  readonly run: TestRecording;
  readonly root: string;
  readonly #picture: Buffer;
  #sequence = 0;

  private constructor(root: string, picture: Buffer) {
    this.root = root;
    this.#picture = picture;
    this.run = new TestRecording(root, { fs: this.disk.fs, open: matroska() });
  }

  static async open(): Promise<Scene> {
    return new Scene(await temporaryFolder(), await jpeg());
  }

  /** Captured with the chunk of sound of that number. */
  #pictureOf(chunk: number): Frame {
    const capturedAtUs = STARTED_AT_US + chunk * 20_000;
    const parts = { kind: 'screen', sequence: chunk / 4, capturedAtUs } as const;
    return makeFrame({ ...parts, payload: this.#picture });
  }

  /** Half a second of sound and pictures, written or refused. */
  async half(): Promise<void> {
    for (let at = 0; at < 25; at += 1, this.#sequence += 1) {
      this.run.offer(soundFrame(this.#sequence));
      if (this.#sequence % 4 === 0) this.run.offer(this.#pictureOf(this.#sequence));
    }
    this.run.clock.advance(500);
    await this.run.settle(0);
  }

  async second(): Promise<void> {
    await this.half();
    await this.half();
  }

  async names(): Promise<string[]> {
    return (await segmentsIn(this.root)).map((path) => basename(path));
  }

  /** All frames are accounted for, and all files but `except` decode. */
  async check({ counters }: RecordingSummary, except: readonly string[] = []): Promise<void> {
    for (const { offered, written, unchanged, dropped } of [counters.screen, counters.audio]) {
      expect(written + unchanged + dropped).toBe(offered);
    }
    let chunks = 0;
    for (const path of await segmentsIn(this.root)) {
      const blocks = walkClusters(await readFile(path)).flatMap((cluster) => cluster.blocks);
      chunks += blocks.filter(({ track }) => track === 3).length;
      if (!except.includes(basename(path))) await decodeAll(path);
    }
    expect(chunks).toBe(counters.audio.written);
  }
}

describe.skipIf(needs('ffmpeg'))('A sync that fails', () => {
  test('leaves a suspect file that is never synced again, and the next one begins', async () => {
    const scene = await Scene.open();
    await scene.second();
    scene.disk.fail('fdatasync', 'EIO', /0001\.open\.mkv$/);
    for (let tries = 0; tries < 20 && !scene.run.states.includes('segment'); tries += 1) {
      await scene.second();
    }
    expect(await scene.run.event('suspect')).toMatchObject({ code: 'MEET_DISK_WRITE' });
    const syncs = scene.disk.syncs.filter((path) => path.includes('0001.open')).length;
    await scene.second();
    const summary = await scene.run.recording.close();
    expect(scene.disk.syncs.filter((path) => path.includes('0001.open'))).toHaveLength(syncs);
    expect(await scene.names()).toEqual(['unal-kiosk-0001.suspect.mkv', 'unal-kiosk-0002.mkv']);
    expect(summary.suspectFiles).toEqual(['unal-kiosk-0001.suspect.mkv']);
    expect(scene.run.states).toEqual(['started', 'suspect', 'segment', 'ended']);
    expect(summary.counters.audio.dropped).toBe(0);
    await scene.check(summary, ['unal-kiosk-0001.suspect.mkv']);
  });

  test('again and again makes few files, not one a second', async () => {
    const scene = await Scene.open();
    scene.disk.fail('fdatasync', 'EIO');
    for (let second = 0; second < 60; second += 1) await scene.second();
    const summary = await scene.run.recording.close();
    expect((await scene.names()).length).toBeLessThan(10);
    expect(summary.counters.audio).toMatchObject({ dropped: 0, written: 3000 });
    expect(summary.code).toBeUndefined();
  });
});

describe.skipIf(needs('ffmpeg'))('A sync of a folder', () => {
  test('follows each name that is made or changed, from the root down', async () => {
    const scene = await Scene.open();
    await scene.second();
    await scene.run.recording.close();
    const meeting = join(scene.root, 'lab-1', '20261123T121530Z');
    // The room's name, the meeting's, the segment's, and its name at the end.
    const expected = [scene.root, dirname(meeting), meeting, meeting];
    expect(scene.disk.folderSyncs).toEqual(expected);
    expect(scene.disk.syncs.filter((path) => !/\.mkv$|\.meet-recordings$/.test(path))).toEqual([]);
  });

  test('that fails once makes that segment suspect, whole as it is, and no other', async () => {
    const scene = await Scene.open();
    scene.disk.fail('fsync', 'EIO', /Z$/);
    await scene.second();
    expect(await scene.run.event('suspect')).toMatchObject({ code: 'MEET_DISK_WRITE' });
    scene.disk.mend();
    await scene.second();
    const summary = await scene.run.recording.close();
    expect(scene.run.states).toEqual(['started', 'suspect', 'ended']);
    expect(await scene.names()).toEqual(['unal-kiosk-0001.suspect.mkv']);
    expect(summary).toMatchObject({ suspectFiles: ['unal-kiosk-0001.suspect.mkv'] });
    expect(summary.code).toBeUndefined();
    await scene.check(summary);
  });

  test('that fails at the end of a segment leaves none that is called closed', async () => {
    const scene = await Scene.open();
    await scene.second();
    scene.disk.fail('fsync', 'EIO', /Z$/);
    const summary = await scene.run.recording.close();
    expect(scene.run.states).toEqual(['started', 'suspect', 'ended']);
    expect(await scene.names()).toEqual(['unal-kiosk-0001.suspect.mkv']);
    await scene.check(summary);
  });

  test.each([
    ['fsync', /.*/],
    ['fdatasync', /.*/],
  ] as const)('and of files by %s that fails for ever loses nothing', async (call, path) => {
    const scene = await Scene.open();
    scene.disk.fail(call, 'EIO', path);
    for (let second = 0; second < 10; second += 1) await scene.second();
    const summary = await scene.run.recording.close();
    expect(summary.counters.audio).toMatchObject({ dropped: 0, written: 500 });
    expect(summary.code).toBeUndefined();
    const names = await scene.names();
    expect(names.length).toBeLessThan(6);
    for (const name of names) expect(name).toMatch(/\.suspect\.mkv$/);
    expect(scene.run.events.filter(({ state }) => state === 'suspect')).toHaveLength(names.length);
  });
});

describe.skipIf(needs('ffmpeg'))('A write that fails', () => {
  test.each([
    ['ENOSPC', 'MEET_DISK_FULL'],
    ['EDQUOT', 'MEET_DISK_FULL'],
    ['EIO', 'MEET_DISK_WRITE'],
    ['EROFS', 'MEET_DISK_WRITE'],
  ])(
    'with %s is taken back, the file is ended, and recording resumes by itself',
    async (errno, code) => {
      const scene = await Scene.open();
      await scene.second();
      scene.disk.fail('writev', errno, /(\.mkv|\.part)$/);
      await scene.half();
      expect(await scene.run.event('stopped')).toMatchObject({ code });
      await scene.second();
      expect(await scene.names()).toHaveLength(1);
      const [cut = ''] = await segmentsIn(scene.root);
      expect(walkClusters(await readFile(cut)).at(-1)?.to).toBe((await stat(cut)).size);
      scene.disk.mend();
      scene.run.clock.advance(1000);
      await scene.run.event('resumed');
      await scene.second();
      const summary = await scene.run.recording.close();
      expect(scene.run.states).toEqual(['started', 'stopped', 'resumed', 'ended']);
      expect(summary.code).toBeUndefined();
      expect(summary.counters.audio.dropped).toBeGreaterThan(50);
      await scene.check(summary, [basename(cut)]);
    },
  );

  test('and cannot be taken back leaves a file that is not called closed', async () => {
    const scene = await Scene.open();
    await scene.second();
    scene.disk.fail('writev', 'EIO', /(\.mkv|\.part)$/);
    scene.disk.fail('ftruncate', 'EIO');
    await scene.half();
    await scene.run.event('stopped');
    await scene.run.recording.close();
    expect(await scene.names()).toEqual(['unal-kiosk-0001.open.mkv']);
  });
});

describe.skipIf(needs('ffmpeg'))('Too many open files', () => {
  test('stop a recording before it begins, and it begins when there are fewer', async () => {
    const scene = await Scene.open();
    scene.disk.fail('open', 'EMFILE', /.*/);
    await scene.second();
    const { words } = await scene.run.event('stopped');
    expect(words).toMatch(/too many open files; raise ulimit -n/);
    expect(await scene.names()).toEqual([]);
    scene.disk.mend();
    scene.run.clock.advance(1000);
    await scene.run.event('resumed');
    await scene.second();
    const summary = await scene.run.recording.close();
    expect(await scene.names()).toEqual(['unal-kiosk-0001.mkv']);
    await scene.check(summary);
  });
});

describe.skipIf(needs('ffmpeg'))('A rename that fails', () => {
  test('leaves a whole file under its old name, and tells', async () => {
    const scene = await Scene.open();
    await scene.second();
    scene.disk.fail('rename', 'EIO');
    const summary = await scene.run.recording.close();
    expect(summary.code).toBe('MEET_DISK_WRITE');
    expect(await scene.names()).toEqual(['unal-kiosk-0001.open.mkv']);
    await scene.check(summary);
  });
});

describe.skipIf(needs('ffmpeg'))('A folder that goes away', () => {
  test('while it is recorded to is made anew, and the rest goes there', async () => {
    const scene = await Scene.open();
    await scene.second();
    await rm(join(scene.root, 'lab-1'), { recursive: true });
    await scene.second();
    expect(await scene.run.event('stopped')).toMatchObject({ code: 'MEET_DISK_WRITE' });
    scene.run.clock.advance(1000);
    await scene.run.event('resumed');
    await scene.second();
    await scene.run.recording.close();
    expect(await scene.names()).toEqual(['unal-kiosk-0002.mkv']);
  });

  test('with all recordings is made anew too, where it is no disk of its own', async () => {
    const scene = await Scene.open();
    await scene.second();
    await rm(scene.root, { recursive: true });
    await scene.second();
    await scene.run.event('stopped');
    scene.run.clock.advance(1000);
    await scene.run.event('resumed');
    await scene.second();
    await scene.run.recording.close();
    expect(await readdir(scene.root)).toContain('.meet-recordings');
    expect(await scene.names()).toEqual(['unal-kiosk-0002.mkv']);
  });

  test('and is moved away keeps what it had', async () => {
    const scene = await Scene.open();
    await scene.second();
    const { path } = await scene.run.event('started');
    const moved = join(scene.root, 'moved');
    await rename(dirname(path), moved);
    await mkdir(dirname(path));
    await scene.second();
    await scene.run.event('stopped');
    scene.run.clock.advance(1000);
    await scene.run.event('resumed');
    await scene.run.recording.close();
    expect(walkClusters(await readFile(join(moved, basename(path)))).length).toBeGreaterThan(1);
  });
});
