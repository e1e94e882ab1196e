import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSoundBackend } from '../../../src/capture/sound/file-sound.js';
import type { Source } from '../../../src/capture/source.js';
import { needs, programPath } from '../../setup/programs.js';
import { largestStep, longestHoleMs, loudestFrequencyHz, rmsOf } from '../../setup/tone.js';
import { rejectionOf } from '../rejection.js';
import { KeepingSink, contextWith, openSound } from './sound-bench.js';
import { SteppedClock } from './stepped-clock.js';
import { riffChunk, sinePcm, wavFile } from './wav.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meet-file-sound-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function stored(name: string, bytes: Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

function open(device: string, sink: KeepingSink, programs = {}): Promise<Source> {
  return openSound(fileSoundBackend, contextWith(process.env, programs), device, sink);
}

describe('a WAV file as microphone', () => {
  it.each([
    ['of a few samples', 3],
    ['shorter than a frame', 700],
    ['that stays in memory', 4801],
    ['larger than a block', 100_003],
  ])('%s loops without losing or doubling a byte', async (_title, count) => {
    const samples = Buffer.alloc(count * 2);
    for (let at = 0; at < count; at += 1) samples.writeInt16LE((at * 7919) % 32_768, at * 2);
    const chunkBefore = riffChunk('LIST', Buffer.from('odd'));
    const path = await stored('loop.wav', wavFile({ samples, chunkBefore, sampleRateHz: 192_000 }));
    const sink = new KeepingSink();
    const source = await open(`file:${path}`, sink);
    const frames = Math.min(60, Math.ceil((count * 2.5) / 3840) + 2);
    await sink.frames(frames);
    await source.close();
    const { bytes } = sink.pcm(source);
    const wanted = Buffer.alloc(bytes.length, samples);
    expect(bytes.equals(wanted)).toBe(true);
    expect(source.format).toEqual({ codec: 'pcm-s16le', sampleRateHz: 192_000, channels: 1 });
    expect(sink.captured.every(({ payload }) => payload.buffer.byteLength === 7680)).toBe(true);
  });

  it('keeps a tone whole over its seam', async () => {
    const path = await stored('seam.wav', wavFile({ samples: sinePcm(440, 250) }));
    const sink = new KeepingSink();
    const source = await open(`file:${path}`, sink);
    await sink.frames(50);
    await source.close();
    const pcm = sink.pcm(source);
    expect(loudestFrequencyHz(pcm)).toBeCloseTo(440, 0);
    expect(largestStep(pcm)).toBeLessThan(((2 * Math.PI * 440) / 48_000) * 0.5 * 1.05);
  });

  it('is paced by the clock, not by the disk', async () => {
    const path = await stored('pace.wav', wavFile({ samples: sinePcm(440, 1000) }));
    const clock = new SteppedClock();
    const sink = new KeepingSink();
    const startUs = clock.wallUs();
    const source = await openSound(fileSoundBackend, contextWith({}, {}, clock), path, sink);
    for (let frames = 2; frames <= 100; frames += 1) {
      clock.jump(20);
      await sink.frames(frames);
    }
    await source.close();
    expect(sink.captured.map(({ capturedAtUs }) => capturedAtUs - startUs)).toEqual(
      Array.from({ length: 100 }, (_, index) => index * 20_000),
    );
  });

  it('that is cut short while it plays is a fault with words, once', async () => {
    const path = await stored('short.wav', wavFile({ samples: sinePcm(440, 2000) }));
    const sink = new KeepingSink();
    const source = await open(path, sink);
    await truncate(path, 60_000);
    const fault = await sink.fault;
    await source.close();
    expect(fault.code).toBe('MEET_FILE_SOURCE');
    expect(fault.message).toContain('192044 expected');
    expect(sink.faults).toHaveLength(1);
  });
});

describe('a file that cannot be played', () => {
  it.each([
    ['that is not there', 'file:/nowhere/talk.wav', 'there is no such file'],
    ['without a path', 'file:', 'names no file'],
    ['with a zero byte in its path', 'file:a\0b', 'names no file'],
    ['that is a folder', `file:${tmpdir()}`, 'is a folder'],
    ['that is a device', 'file:/dev/zero', 'is a device'],
  ])('%s is refused with words', async (_title, device, words) => {
    const fault = await rejectionOf(open(device, new KeepingSink()));
    expect(fault.code).toBe('MEET_FILE_SOURCE');
    expect(fault.message).toContain(words);
  });

  it('that is a pipe is refused and not waited for', async () => {
    const path = join(folder, 'pipe.wav');
    execFileSync('mkfifo', [path]);
    const fault = await rejectionOf(open(path, new KeepingSink()));
    expect(fault.message).toContain('is a pipe');
  });

  it('that is empty or a broken WAV is refused with words', async () => {
    const empty = await stored('empty.wav', Buffer.alloc(0));
    const broken = await stored('broken.wav', wavFile({ samples: Buffer.alloc(0) }));
    expect((await rejectionOf(open(empty, new KeepingSink()))).message).toContain('is empty');
    expect((await rejectionOf(open(broken, new KeepingSink()))).message).toContain('no samples');
  });

  it('without ffmpeg names the package that brings it', async () => {
    const path = await stored('a.mp3', Buffer.from('no sound'));
    const fault = await rejectionOf(open(path, new KeepingSink(), { ffmpeg: undefined }));
    expect(fault.code).toBe('MEET_PROGRAM_MISSING');
    expect(fault.message).toContain('ffmpeg');
  });
});

describe.skipIf(needs('ffmpeg', 'sox'))('a file that ffmpeg decodes', () => {
  it.each(['tone.flac', '-i.flac', 'concat:x|y.flac'])(
    'loops %j at the pace of real time',
    async (name) => {
      const path = join(folder, name);
      const source16 = await stored('source.wav', wavFile({ samples: sinePcm(500, 300) }));
      execFileSync(programPath('ffmpeg'), ['-v', 'error', '-y', '-i', source16, `file:${path}`]);
      const sink = new KeepingSink();
      const source = await open(`file:${path}`, sink);
      await sink.frames(70);
      await source.close();
      const pcm = sink.pcm(source);
      expect(source.format).toEqual({ codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 1 });
      expect(loudestFrequencyHz(pcm)).toBeCloseTo(500, 0);
      expect(rmsOf(pcm)).toBeCloseTo(0.5 / Math.SQRT2, 2);
      expect(longestHoleMs(pcm)).toBeLessThan(1);
      expect(largestStep(pcm)).toBeLessThan(((2 * Math.PI * 500) / 48_000) * 0.5 * 1.1);
      expect(sink.faults).toEqual([]);
    },
  );

  it.each([
    ['2', 2],
    ['6', 2],
  ])('of %s channels gives %d', async (channels, given) => {
    const path = join(folder, `channels-${channels}.flac`);
    const synth = ['synth', '0.3', 'sine', '500', 'vol', '0.5'];
    execFileSync(programPath('sox'), ['-n', '-r', '44100', '-c', channels, path, ...synth]);
    const sink = new KeepingSink();
    const source = await open(`file:${path}`, sink);
    await sink.frames(20);
    await source.close();
    expect(source.format).toEqual({ codec: 'pcm-s16le', sampleRateHz: 48_000, channels: given });
    expect(loudestFrequencyHz(sink.pcm(source), 1)).toBeCloseTo(500, 0);
  });

  it('says what ffmpeg says about a file without sound', async () => {
    const noise = await stored('noise.mp3', Buffer.from('this is no sound file at all'.repeat(40)));
    const fault = await rejectionOf(open(noise, new KeepingSink()));
    expect(fault.code).toBe('MEET_FILE_SOURCE');
    expect(fault.message).toMatch(/Invalid (data|argument)/);
  });

  it('is not led to the network by a playlist', async () => {
    const path = await stored(
      'list.m3u8',
      Buffer.from('#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n'),
    );
    const fault = await rejectionOf(open(path, new KeepingSink()));
    expect(fault.code).toBe('MEET_FILE_SOURCE');
    expect(fault.message).toMatch(/whitelist|Invalid data/i);
  });

  it('leaves no ffmpeg behind when it is closed or aborted', async () => {
    await mkdir(join(folder, 'own'));
    const path = join(folder, 'own', 'only-here.flac');
    execFileSync(programPath('sox'), ['-n', path, 'synth', '0.3', 'sine', '500']);
    const source = await open(path, new KeepingSink());
    expect(running(path)).toBe(true);
    await Promise.all([source.close(), source.close()]);
    expect(running(path)).toBe(false);
    const abort = new AbortController();
    const context = contextWith();
    const opening = openSound(fileSoundBackend, context, path, new KeepingSink(), abort.signal);
    abort.abort();
    expect((await rejectionOf(opening)).code).toBe('MEET_CLOSED');
    expect(running(path)).toBe(false);
  });
});

/** Whether a process has the text among its arguments. */
function running(text: string): boolean {
  return spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout.includes(`file:${text}`);
}
