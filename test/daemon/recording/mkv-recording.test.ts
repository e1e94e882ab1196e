import { spawnSync } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeFrame } from '../../../src/transport/frame.js';
import { needs } from '../../setup/programs.js';
import { SOUND, STARTED_AT_US, jpeg, pictureFrame, soundFrame } from './frames.js';
import type { Probed } from './matroska-probe.js';
import { decodeAll, decodedSound, inspect, probe, segmentsIn, sha256 } from './matroska-probe.js';
import { matroska } from './matroska-recording.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

/** Pictures at 15 a second and sound in chunks of 20 ms, as long as a test likes. */
const PICTURE_MS = 1000 / 15;
const CHUNK_MS = 20;

async function onlySegment(root: string): Promise<string> {
  const [path, ...others] = await segmentsIn(root);
  if (path === undefined || others.length > 0) throw new Error(`not one segment in ${root}`);
  return path;
}

function timesOf(probed: Probed, track: 'screen' | 'camera' | 'sound'): number[] {
  return probed.packets(track).map(({ atMs }) => atMs);
}

describe.skipIf(needs('ffmpeg', 'mkvtoolnix'))('A Matroska recording', () => {
  test('of screen, camera and sound is what was sent, to the byte and the millisecond', async () => {
    const root = await temporaryFolder();
    const run = new TestRecording(root, { open: matroska() });
    const sizes = [64, 80].map((width) => jpeg(width, 48));
    const [screen = Buffer.alloc(0), camera = Buffer.alloc(0)] = await Promise.all(sizes);
    const sound: Buffer[] = [];
    for (let ms = 0; ms < 5000; ms += CHUNK_MS) {
      const sequence = ms / CHUNK_MS;
      const chunk = soundFrame(sequence);
      sound.push(chunk.payload);
      run.offer(chunk);
      if (Math.floor(ms / PICTURE_MS) !== Math.floor((ms - CHUNK_MS) / PICTURE_MS)) {
        const number = Math.floor(ms / PICTURE_MS);
        run.offer(pictureFrame('screen', number, screen));
        run.offer(pictureFrame('video', number, camera));
      }
      run.clock.advance(CHUNK_MS);
    }
    await run.settle(500);
    const { counters, paths } = await run.recording.close();
    const path = await onlySegment(root);
    expect(paths).toEqual([path]);
    expect(path).toBe(join(root, 'lab-1', '20261123T121530Z', 'unal-kiosk-0001.mkv'));

    await decodeAll(path);
    await inspect(path);
    const probed = await probe(path);
    expect([...probed.tracks.keys()]).toEqual(['screen', 'camera', 'sound']);
    expect(probed.tracks.get('screen')).toMatchObject({
      codec_name: 'mjpeg',
      width: 64,
      height: 48,
    });
    expect(probed.tracks.get('camera')).toMatchObject({
      codec_name: 'mjpeg',
      width: 80,
      height: 48,
    });
    expect(probed.tracks.get('sound')).toMatchObject({
      codec_name: 'pcm_s16le',
      sample_rate: '44100',
      channels: 2,
    });
    expect(probed.durationMs).toBe(5000);
    const pictureTimes = Array.from({ length: 75 }, (_, at) => Math.round((at * 66_667) / 1000));
    for (const [track, payload] of [
      ['screen', screen],
      ['camera', camera],
    ] as const) {
      expect(timesOf(probed, track)).toEqual(pictureTimes);
      const hashes = new Set(probed.packets(track).map((packet) => packet.sha256));
      expect([...hashes]).toEqual([sha256(payload)]);
    }
    expect(timesOf(probed, 'sound')).toEqual(sound.map((_, at) => at * CHUNK_MS));
    expect(probed.packets('sound').map((packet) => packet.sha256)).toEqual(sound.map(sha256));
    expect((await decodedSound(path)).equals(Buffer.concat(sound))).toBe(true);
    expect(counters.screen).toMatchObject({ offered: 75, written: 75, dropped: 0 });
    expect(counters.audio).toMatchObject({ offered: 250, written: 250, dropped: 0 });

    const payloadBytes = 75 * (screen.length + camera.length) + Buffer.concat(sound).length;
    // Tiny pictures: the head and the ends weigh more here than they do in life.
    expect((await stat(path)).size).toBeLessThan(payloadBytes * 1.05);
  });

  test('has a track that begins late, stops and goes on at its own times', async () => {
    const root = await temporaryFolder();
    const run = new TestRecording(root, { open: matroska() });
    const picture = await jpeg();
    const expected: number[] = [];
    for (let second = 0; second < 8; second += 1) {
      for (let at = 0; at < 50; at += 1) run.offer(soundFrame(second * 50 + at));
      const isOn = second === 2 || second === 3 || second === 6;
      for (let at = 0; isOn && at < 15; at += 1) {
        run.offer(pictureFrame('video', second * 15 + at, picture));
        expected.push(Math.round(((second * 15 + at) * 66_667) / 1000));
      }
      run.clock.advance(1000);
      await run.settle(0);
    }
    await run.recording.close();
    const path = await onlySegment(root);
    await decodeAll(path);
    await inspect(path);
    const probed = await probe(path);
    expect(timesOf(probed, 'camera')).toEqual(expected);
    expect(probed.packets('sound')).toHaveLength(400);
  });

  test('pays nothing for a picture that did not change, and lasts as long as it was shown', async () => {
    const root = await temporaryFolder();
    const run = new TestRecording(root, { open: matroska() });
    run.offer(pictureFrame('screen', 0, await jpeg()));
    for (let second = 1; second <= 60; second += 1) {
      run.clock.advance(450);
      run.offer(pictureFrame('screen', second * 15));
      run.clock.advance(550);
      await run.settle(0);
    }
    const { counters } = await run.recording.close();
    const path = await onlySegment(root);
    await decodeAll(path);
    const probed = await probe(path);
    expect(timesOf(probed, 'screen')).toEqual([0]);
    expect(probed.durationMs).toBe(60_000);
    expect(counters.screen).toMatchObject({ written: 1, unchanged: 60 });
    const pictureBytes = (await jpeg()).length;
    expect((await stat(path)).size).toBeLessThan(pictureBytes + 4096 + 60 * 32 + 512);
  });

  test('keeps what was said and done as subtitles', async () => {
    const root = await temporaryFolder();
    const run = new TestRecording(root, { open: matroska() });
    const atUs = STARTED_AT_US + 1_000_000;
    run.recording.remark({ type: 'joined', name: 'Ünal', atUs: STARTED_AT_US });
    run.offer(soundFrame(0));
    run.recording.remark({ type: 'chat', name: 'Bert', text: 'hello <b>you</b> {not} \\N', atUs });
    run.recording.note('screen', { reason: 'lost', frames: 3, fromUs: atUs, toUs: atUs });
    run.clock.advance(1000);
    await run.settle(0);
    await run.recording.close();
    const path = await onlySegment(root);
    await inspect(path);
    const probed = await probe(path);
    expect(probed.tracks.get('meeting')).toMatchObject({ codec_name: 'subrip' });
    const texts = [
      'Ünal is here',
      '3 pictures of the screen are missing (lost)',
      'Bert: hello <\u2060b>you<\u2060/b> \uff5bnot\uff5d \\\u2060N',
    ];
    expect(probed.packets('meeting').map((packet) => packet.sha256)).toEqual(
      expect.arrayContaining(texts.map((text) => sha256(Buffer.from(text)))),
    );
    expect(probed.tracks.get('screen')).toBeUndefined();
    // As a player shows it: nobody's words make anything bold, nor hide or move others.
    const shown = spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 'ass', '-'], {
      encoding: 'utf8',
    });
    expect(shown.stdout).toContain('you');
    expect(shown.stdout).not.toMatch(/Dialogue:.*(\{|\\[bN])/);
  });

  test('begins a new segment by time, and the still picture is there again', async () => {
    const root = await temporaryFolder();
    const run = new TestRecording(root, {
      open: matroska({ segment: { ms: 10_000, bytes: 1024 ** 3 } }),
    });
    run.offer(pictureFrame('screen', 0, await jpeg()));
    for (let second = 1; second <= 25; second += 1) {
      run.clock.advance(450);
      run.offer(pictureFrame('screen', second * 15));
      run.clock.advance(550);
      await run.settle(0);
    }
    await run.recording.close();
    const paths = await segmentsIn(root);
    expect(paths.map((path) => basename(path).slice(-8))).toEqual([
      '0001.mkv',
      '0002.mkv',
      '0003.mkv',
    ]);
    for (const path of paths) {
      await decodeAll(path);
      expect(timesOf(await probe(path), 'screen')).toEqual([0]);
    }
    const starts = await Promise.all(paths.map(async (path) => (await probe(path)).tags));
    const startsMs = starts.map((tags) => Date.parse(tags['creation_time'] ?? ''));
    // The first picture that comes when the ten seconds are over; one comes each second.
    expect(startsMs.map((ms) => ms - STARTED_AT_US / 1000)).toEqual([0, 11_000, 22_000]);
    expect(run.states).toEqual(['started', 'segment', 'segment', 'ended']);
  });

  test('begins a new segment by size', async () => {
    const root = await temporaryFolder();
    const run = new TestRecording(root, {
      open: matroska({ segment: { ms: 600_000, bytes: 1e6 } }),
    });
    const picture = await jpeg(640, 480);
    for (let at = 0; at < 60; at += 1) {
      run.offer(pictureFrame('screen', at, picture));
      run.clock.advance(66.667);
      if (at % 15 === 14) await run.settle(500);
    }
    const { counters } = await run.recording.close();
    const paths = await segmentsIn(root);
    expect(paths.length).toBeGreaterThan(2);
    let frames = 0;
    for (const path of paths) {
      expect((await stat(path)).size).toBeLessThanOrEqual(1e6 + 4096);
      frames += (await probe(path)).packets('screen').length;
    }
    expect(frames).toBe(60);
    expect(counters.screen.written).toBe(60);
  });

  test('begins a new segment for another format of sound or size of picture', async () => {
    const root = await temporaryFolder();
    const run = new TestRecording(root, { open: matroska() });
    const [small, large] = await Promise.all([jpeg(64, 48), jpeg(128, 96)]);
    const offer = async (second: number, picture: Buffer, sampleRateHz: number) => {
      for (let at = 0; at < 50; at += 1) {
        run.offer(soundFrame(second * 50 + at), { ...SOUND, sampleRateHz });
      }
      for (let at = 0; at < 15; at += 1) {
        run.offer(pictureFrame('screen', second * 15 + at, picture));
      }
      run.clock.advance(1000);
      await run.settle(0);
    };
    await offer(0, small, 44_100);
    await offer(1, small, 44_100);
    await offer(2, large, 44_100);
    await offer(3, large, 44_100);
    await offer(4, large, 48_000);
    const { counters } = await run.recording.close();
    const paths = await segmentsIn(root);
    expect(paths).toHaveLength(3);
    const found = await Promise.all(paths.map(probe));
    expect(found.map(({ tracks }) => tracks.get('screen')?.width)).toEqual([64, 128, 128]);
    expect(found.map(({ tracks }) => tracks.get('sound')?.sample_rate)).toEqual([
      '44100',
      '44100',
      '48000',
    ]);
    const total = found.reduce((sum, file) => sum + file.packets('sound').length, 0);
    expect(total).toBe(250);
    expect(counters.audio.dropped).toBe(0);
    for (const path of paths) await decodeAll(path);
  });

  test('is one file for one participant, in one folder for one meeting', async () => {
    const root = await temporaryFolder();
    const run = new TestRecording(root, { open: matroska() });
    run.offer(soundFrame(0));
    await run.settle(500);
    const { path } = await run.event('started');
    expect(basename(path)).toBe('unal-kiosk-0001.open.mkv');
    await run.recording.close();
    const again = new TestRecording(root, { open: matroska() });
    again.offer(soundFrame(0));
    await again.recording.close();
    expect(await readdir(dirname(path))).toEqual(['unal-kiosk-0001.mkv', 'unal-kiosk-0002.mkv']);
  });
});

test('A frame that says it is a picture and is none is dropped and counted', async () => {
  const root = await temporaryFolder();
  const run = new TestRecording(root, { open: matroska() });
  const payload = Buffer.from('no picture');
  run.offer(makeFrame({ kind: 'screen', sequence: 0, capturedAtUs: STARTED_AT_US, payload }));
  run.offer(soundFrame(0));
  await run.settle(500);
  const { counters } = await run.recording.close();
  expect(counters.screen).toMatchObject({ offered: 1, written: 0, dropped: 1 });
  expect(counters.audio).toMatchObject({ offered: 1, written: 1 });
});
