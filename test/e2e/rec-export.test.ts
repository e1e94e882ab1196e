/** The film of a meeting of three, decoded again: each picture in its cell, each tone in the mix. */
import { execFile } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { filmGrid } from '../../src/daemon/recording/export/film-grid.js';
import { needs } from '../setup/programs.js';
import { loudestFrequencyHz } from '../setup/tone.js';
import { PEOPLE, SOUND_RATE_HZ, picture, recordedScene } from './recorded-people.js';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;
const WIDTH = 640;
const HEIGHT = 360;
const SECONDS = 4;

/** How strong a frequency is in stereo of 48 kHz: the amplitude of its sine, 0 to 1. */
function amplitudeOf(pcm: Buffer, hz: number, fromSeconds: number, seconds: number): number {
  const count = seconds * SOUND_RATE_HZ;
  const first = Math.round(fromSeconds * SOUND_RATE_HZ);
  let real = 0;
  let imaginary = 0;
  for (let at = 0; at < count; at += 1) {
    const sample = pcm.readInt16LE((first + at) * 4) / 32_768;
    const angle = (2 * Math.PI * hz * at) / SOUND_RATE_HZ;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  }
  return (2 * Math.hypot(real, imaginary)) / count;
}

/** The film's picture at a moment, three bytes a pixel. */
async function pictureAt(film: string, seconds: number): Promise<Buffer> {
  const args = ['-v', 'error', '-ss', String(seconds), '-i', film, '-frames:v', '1'];
  const { stdout } = await run('ffmpeg', [...args, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], {
    encoding: 'buffer',
    maxBuffer: 1 << 26,
  });
  return stdout;
}

/** Peak signal to noise within the middle of a cell, in dB; cells without a picture are dark. */
async function psnr(frame: Buffer, cell: number, expected: Buffer | undefined): Promise<number> {
  const { default: sharp } = await import('sharp');
  const at = filmGrid(PEOPLE.length, WIDTH, HEIGHT)[cell]?.picture;
  if (at === undefined) throw new Error(`there is no cell ${cell}`);
  const { x: left, y: top, width, height } = at;
  const background = { r: 16, g: 16, b: 16 };
  const wanted =
    expected === undefined
      ? Buffer.alloc(width * height * 3, 16)
      : await sharp(expected)
          .resize({ width, height, fit: 'contain', background })
          .raw()
          .toBuffer();
  const shown = await sharp(frame, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .extract({ left, top, width, height })
    .raw()
    .toBuffer();
  let sum = 0;
  for (const [index, value] of shown.entries()) sum += (value - (wanted[index] ?? 0)) ** 2;
  return 10 * Math.log10((255 * 255 * shown.length) / Math.max(1, sum));
}

const probed = z.object({
  streams: z.array(z.object({ codec_name: z.string(), duration: z.string() })),
  chapters: z.array(z.object({ start_time: z.string(), tags: z.object({ title: z.string() }) })),
});

describe.skipIf(needs('ffmpeg'))('meet rec export', () => {
  it(
    'makes a film of three people: each picture in its cell, each tone in the mix',
    { timeout: TIMEOUT_MS },
    async () => {
      const { cwd, rec } = await recordedScene();
      const size = `${WIDTH}x${HEIGHT}`;
      const made = await rec('export', 'latest', '-o', 'film.mp4', '--size', size);
      expect(made).toMatchObject({ exitCode: 0, stderr: '' });
      const film = join(cwd, 'film.mp4');

      const small = PEOPLE.map(({ colours }) => picture(colours, 160, 90));
      const square = PEOPLE.map(({ colours }) => picture(colours, 96, 96));
      const [anna, , celik] = await Promise.all(small);
      const [annaLater, bertLater] = await Promise.all(square);
      const early = await pictureAt(film, 0.5);
      const late = await pictureAt(film, 3.5);
      // In order of coming: Anna, Çelik, Bert, who is not there yet.
      expect(await psnr(early, 0, anna)).toBeGreaterThan(28);
      expect(await psnr(early, 1, celik)).toBeGreaterThan(28);
      expect(await psnr(early, 2, undefined)).toBeGreaterThan(35);
      expect(await psnr(late, 0, annaLater)).toBeGreaterThan(28);
      expect(await psnr(late, 1, undefined)).toBeGreaterThan(35);
      expect(await psnr(late, 2, bertLater)).toBeGreaterThan(28);

      const label = filmGrid(PEOPLE.length, WIDTH, HEIGHT)[0]?.label;
      const row = early.subarray((label?.y ?? 0) * WIDTH * 3, ((label?.y ?? 0) + 14) * WIDTH * 3);
      expect(Math.max(...row.subarray(0, WIDTH * 42))).toBeGreaterThan(150);

      const args = ['-v', 'error', '-show_streams', '-show_chapters', '-of', 'json', film];
      const { streams, chapters } = probed.parse(JSON.parse((await run('ffprobe', args)).stdout));
      expect(streams.map(({ codec_name }) => codec_name).slice(0, 2)).toEqual(['h264', 'aac']);
      for (const { duration } of streams.slice(0, 2)) {
        expect(Math.abs(Number(duration) - SECONDS)).toBeLessThan(0.6);
      }
      const titles = chapters.map(({ tags }) => tags.title);
      expect(titles).toContain('Bert <3 is here');
      expect(titles).toContain('Çelik has left');
    },
  );

  it('mixes the sound of all, each at its time', { timeout: TIMEOUT_MS }, async () => {
    const { cwd, rec } = await recordedScene();
    expect(await rec('export', 'latest', '-o', 'mix.wav')).toMatchObject({ exitCode: 0 });
    const wav = await readFile(join(cwd, 'mix.wav'));
    const heard = async (name: string, hz: number, from: string, to: string): Promise<void> => {
      const only = ['--participant', name, '--from', from, '--to', to, '--force'];
      expect(await rec('export', 'latest', '-o', 'one.wav', ...only)).toMatchObject({
        exitCode: 0,
      });
      const bytes = (await readFile(join(cwd, 'one.wav'))).subarray(44);
      const pcm = { bytes, sampleRateHz: SOUND_RATE_HZ, channels: 2 };
      expect(Math.abs(loudestFrequencyHz(pcm) - hz), name).toBeLessThan(2);
    };
    // Times are the meeting's, also for one who came later.
    for (const { name, toneHz, from } of PEOPLE) {
      await heard(name, toneHz, String(from), String(from + 1));
    }
    // From 1 s to 2 s all three are there, each as loud as it was; from 2.5 s on Çelik is not.
    const mix = wav.subarray(44);
    const amplitudes = (fromSeconds: number): number[] =>
      PEOPLE.map(({ toneHz }) => amplitudeOf(mix, toneHz, fromSeconds, 1));
    for (const amplitude of amplitudes(1)) expect(amplitude).toBeCloseTo(0.2, 1);
    const [anna = 0, bert = 0, celik = 1] = amplitudes(2.5);
    expect(anna).toBeCloseTo(0.2, 1);
    expect(bert).toBeCloseTo(0.2, 1);
    expect(celik).toBeLessThan(0.01);
  });

  it(
    'joins all streams as they came, in a file that others read',
    { timeout: TIMEOUT_MS },
    async () => {
      const { cwd, rec } = await recordedScene();
      expect(await rec('export', 'latest', '-o', 'all.mkv')).toMatchObject({ exitCode: 0 });
      const args = [
        '-v',
        'error',
        '-count_packets',
        '-show_entries',
        'stream=codec_name,nb_read_packets',
      ];
      const { stdout, stderr } = await run('ffprobe', [
        ...args,
        '-of',
        'csv=p=0',
        join(cwd, 'all.mkv'),
      ]);
      expect(stderr).toBe('');
      expect(stdout.trim().split('\n').sort()).toEqual([
        'mjpeg,4',
        'mjpeg,6',
        'mjpeg,8',
        'pcm_s16le,100',
        'pcm_s16le,150',
        'pcm_s16le,200',
      ]);
      expect(await rec('verify', 'all.mkv')).toMatchObject({ exitCode: 0 });
    },
  );

  it('writes pictures with their times, and a contact sheet', { timeout: TIMEOUT_MS }, async () => {
    const { cwd, rec } = await recordedScene();
    expect(await rec('export', 'latest', '-o', 'pictures/')).toMatchObject({ exitCode: 0 });
    const names = await readdir(join(cwd, 'pictures'));
    expect(names).toHaveLength(19);
    expect(names[0]).toBe('20261123T121530.000Z-anna-screen.jpg');
    expect(await rec('export', 'latest', '-o', 'pictures/')).toMatchObject({ exitCode: 73 });
    expect(await rec('export', 'latest', '-o', 'sheet.jpg', '--size', '640x360')).toMatchObject({
      exitCode: 0,
    });
    const { default: sharp } = await import('sharp');
    const sheet = await sharp(join(cwd, 'sheet.jpg')).metadata();
    expect(sheet).toMatchObject({ width: 640, height: 360, format: 'jpeg' });
  });

  it.each([
    ['pictures', ['pictures/', 'sheet.png'], 'no pictures in it; write its sound', 'talk.wav'],
    ['sound', ['talk.wav'], 'no sound in it; write its pictures', 'pictures/'],
  ] as const)(
    'makes nothing of a recording without %s, and says what can be made',
    { timeout: TIMEOUT_MS },
    async (lacks, refused, words, taken) => {
      const people = PEOPLE.slice(0, 1).map((person) => ({ ...person, lacks }));
      const { cwd, rec } = await recordedScene(people);
      for (const output of refused) {
        const end = await rec('export', 'latest', '-o', output);
        expect(end).toMatchObject({ exitCode: 2 });
        expect(end.stderr).toContain(words);
      }
      expect(await readdir(cwd)).toEqual(['recordings']);
      expect(await rec('export', 'latest', '-o', taken)).toMatchObject({ exitCode: 0 });
    },
  );

  it('writes over nothing without --force, and leaves nothing of a failure', async () => {
    const { cwd, rec } = await recordedScene();
    await writeFile(join(cwd, 'mine.wav'), 'mine');
    const refused = await rec('export', 'latest', '-o', 'mine.wav');
    expect(refused).toMatchObject({ exitCode: 73 });
    expect(refused.stderr).toContain('--force');
    expect(await readFile(join(cwd, 'mine.wav'), 'utf8')).toBe('mine');
    expect(await rec('export', 'latest', '-o', 'x.mp5')).toMatchObject({ exitCode: 2 });
    expect(await rec('export', 'latest', '-o', 'no/x.wav')).toMatchObject({ exitCode: 73 });
    expect(await rec('export', 'latest', '-o', 'x.wav', '--participant', 'ana')).toMatchObject({
      exitCode: 2,
    });
    expect((await readdir(cwd)).sort()).toEqual(['mine.wav', 'recordings']);
  });

  it('writes over no recording that it reads, not even with --force', async () => {
    const { folder, rec } = await recordedScene(PEOPLE.slice(0, 1));
    const source = join(folder, 'anna-0001.mkv');
    const before = await readFile(source);
    const refused = await rec('export', 'latest', '-o', source, '--force', '--to', '1');
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain('would be lost');
    expect(await readFile(source)).toEqual(before);
  });
});
