/** Exports that cannot be: no room, no right, no ffmpeg, killed in the middle; nothing half is left. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { place } from '../daemon/recording/reading/made-segment.js';
import { cannotMount, tinyDisk } from '../daemon/recording/tiny-disk.js';
import { bareEnv, runMeet, startMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { eventually } from './recorded.js';
import type { Person } from './recorded-people.js';
import { PEOPLE, recordedScene } from './recorded-people.js';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;
const skip = await cannotMount();
const FORMS = ['film.mp4', 'all.mkv', 'mix.wav', 'sheet.png', 'pictures/'];

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

/** A film that takes long, begun; resolves with its ffmpeg once that has taken pictures. */
async function begunFilm(cwd: string) {
  const args = ['rec', 'export', 'latest', '-o', 'film.mp4', '--fps', '60'];
  const meet = startMeet(args, { cwd });
  onTestFinished(() => meet[Symbol.asyncDispose]());
  const ffmpeg = await eventually('ffmpeg', async () => (await childrenOf(meet.pid))[0]);
  return { meet, ffmpeg };
}

describe.skipIf(skip || needs('ffmpeg'))('an export', { timeout: TIMEOUT_MS }, () => {
  it('to a disk that gets full says so, ends with 73 and leaves nothing there', async () => {
    const { rec } = await recordedScene();
    const disk = await tinyDisk('size=16k');
    for (const form of FORMS) {
      const full = await rec('export', 'latest', '-o', join(disk, form));
      expect(full, form).toMatchObject({ exitCode: 73, stdout: '' });
      expect(full.stderr, form).toMatch(/disk is full.*\(MEET_DISK_FULL\)/);
      expect(await readdir(disk), form).toEqual([]);
    }
  });

  it('to a disk that is read-only says so and ends with 73', async () => {
    const { rec } = await recordedScene();
    const disk = await tinyDisk('size=1m,ro');
    for (const form of FORMS) {
      const refused = await rec('export', 'latest', '-o', join(disk, form));
      expect(refused, form).toMatchObject({ exitCode: 73, stdout: '' });
      expect(refused.stderr, form).toMatch(/read-only.*\(MEET_DISK_WRITE\)/);
    }
  });
});

describe.skipIf(needs('ffmpeg'))('a film', { timeout: TIMEOUT_MS }, () => {
  it('whose ffmpeg is killed is none, and says how it ended', async () => {
    const { cwd } = await recordedScene();
    const { meet, ffmpeg } = await begunFilm(cwd);
    process.kill(ffmpeg, 'SIGKILL');
    const { exitCode, stderr } = await meet.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/ended by SIGKILL.*\(MEET_EXPORT_FAILED\)/);
    expect(await readdir(cwd)).toEqual(['recordings']);
  });

  it('that is killed itself has not got its name, and the next attempt clears up', async () => {
    const { cwd, rec } = await recordedScene();
    const { meet, ffmpeg } = await begunFilm(cwd);
    await meet.end('SIGKILL');
    const isGone = async (): Promise<true | undefined> =>
      (await readFile(`/proc/${ffmpeg}/stat`).catch(() => undefined)) === undefined
        ? true
        : undefined;
    await eventually('the end of ffmpeg', isGone);
    const [left = '', ...others] = (await readdir(cwd)).filter((name) => name !== 'recordings');
    expect(left).toMatch(/^\.film\.mp4\.\d+-1\.part$/);
    expect(others).toEqual([]);
    const longAgo = Date.now() / 1000 - 3600;
    await utimes(join(cwd, left), longAgo, longAgo);
    const size = ['--size', '320x180', '--to', '1'];
    const made = await rec('export', 'latest', '-o', 'film.mp4', ...size);
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await readdir(cwd)).sort()).toEqual(['film.mp4', 'recordings']);
  });

  it('without an ffmpeg names the command that brings one', async () => {
    const { cwd } = await recordedScene(PEOPLE.slice(0, 1));
    const env = await bareEnv(cwd);
    const args = ['rec', 'export', 'latest', '-o', 'film.mp4'];
    const missing = await runMeet(args, { cwd, env });
    expect(missing).toMatchObject({ exitCode: 1, stdout: '' });
    expect(missing.stderr).toMatch(/apt-get install ffmpeg.*\(MEET_PROGRAM_MISSING\)/);
    expect((await readdir(cwd)).sort()).toEqual(['bin', 'recordings']);
  });

  it('has whatever names there are, in its cells and chapters', async () => {
    const [anna] = PEOPLE;
    if (anna === undefined) throw new Error('nobody is there');
    const names = [
      `a:b'c"d\\e%{pts}[f],;=#<g>&amp;`,
      '\u202egnitirw\u202c \u0007\u001b[31m',
      '😀🔥 漢字 عربي',
      'x'.repeat(64),
    ];
    const people = names.map((name, at): Person => ({
      ...anna,
      name,
      file: `p${at}`,
      from: at === 0 ? 0 : 1,
      to: 2,
    }));
    const { cwd, rec } = await recordedScene(people);
    const made = await rec('export', 'latest', '-o', 'film.mp4', '--size', '640x360');
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    const args = ['-v', 'error', '-show_chapters', '-of', 'json', join(cwd, 'film.mp4')];
    const probed = z
      .object({ chapters: z.array(z.object({ tags: z.object({ title: z.string() }) })) })
      .parse(JSON.parse((await run('ffprobe', args)).stdout));
    const titles = probed.chapters.map(({ tags }) => tags.title);
    expect(titles).toContain(`${names[0] ?? ''} is here`);
    expect(titles).toContain(`${names[2] ?? ''} is here`);
    expect(titles.join('')).not.toMatch(/[\u202e\u0007\u001b]/);
    const sheet = await rec('export', 'latest', '-o', 'sheet.png', '--size', '640x360');
    expect(sheet).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('a folder of pictures', () => {
  it('is whole or not there, and keeps what is there already', async () => {
    const { cwd, rec } = await recordedScene();
    const folder = join(cwd, 'pictures');
    await mkdir(folder);
    // What a killed attempt left in it is no reason to refuse.
    const left = join(folder, '.pictures.999999999-1.part');
    await mkdir(left);
    await utimes(left, 1, 1);
    expect(await rec('export', 'latest', '-o', 'pictures')).toMatchObject({ exitCode: 0 });
    expect(await readdir(folder)).toHaveLength(19);
    await writeFile(join(folder, 'mine.txt'), 'mine');
    const list = join(folder, 'pictures.jsonl');
    await rm(list);
    await symlink(join(cwd, 'elsewhere'), list);
    const refused = await rec('export', 'latest', '-o', 'pictures');
    expect(refused).toMatchObject({ exitCode: 73 });
    expect(refused.stderr).toContain('--force');
    expect(await rec('export', 'latest', '-o', 'pictures', '--force')).toMatchObject({
      exitCode: 0,
    });
    expect(await readFile(join(folder, 'mine.txt'), 'utf8')).toBe('mine');
    expect((await readFile(list, 'utf8')).trim().split('\n')).toHaveLength(18);
    expect((await readdir(cwd)).sort()).toEqual(['pictures', 'recordings']);
  });
});

describe('what is damaged', () => {
  it('is passed over and named, with 65', async () => {
    const { folder, rec } = await recordedScene(PEOPLE.slice(0, 1));
    const path = join(folder, 'anna-0001.mkv');
    const whole = await readFile(path);
    const hit = Buffer.from(whole);
    hit.fill(0x55, hit.length / 2, hit.length / 2 + 100);
    await place(path, hit);
    const made = await rec('export', 'latest', '-o', 'hit.mkv');
    expect(made).toMatchObject({ exitCode: 65 });
    expect(made.stderr).toMatch(/^left out: .*anna-0001\.mkv is damaged: .*are passed over$/m);
    expect(await rec('verify', 'hit.mkv')).toMatchObject({ exitCode: 0 });
    // Damage outside of what is wanted is none of it.
    const late = await rec('export', 'latest', '-o', 'late.wav', '--from', '3');
    expect(late).toMatchObject({ exitCode: 0, stderr: '' });

    await place(path, whole.subarray(0, whole.length / 2));
    const short = await rec('export', 'latest', '-o', 'short.mkv', '--json');
    expect(short).toMatchObject({ exitCode: 65, stderr: '' });
    expect(short.stdout).toMatch(/"faults":\[".*it is \d+ bytes, and says \d+"\]/);
    await rm(path);
    await place(join(folder, 'anna-0001.open.mkv'), whole.subarray(0, whole.length / 2));
    // Its head says that it was closed: whoever cut it, it was no crash.
    expect(await rec('export', 'latest', '-o', 'open.mkv')).toMatchObject({ exitCode: 65 });

    // One of which nothing can be read, and one that was empty when its daemon was killed.
    await place(join(folder, 'anna-0002.mkv'), Buffer.alloc(5000, 'noise'));
    await place(join(folder, 'anna-0003.open.mkv'), Buffer.alloc(0));
    await place(join(folder, 'anna-0001.open.mkv'), Buffer.alloc(0));
    await place(path, whole);
    const beside = await rec('export', 'latest', '-o', 'beside.wav');
    expect(beside).toMatchObject({ exitCode: 65 });
    expect(beside.stderr).toMatch(/^left out: .*anna-0002\.mkv is no Matroska file.*\n$/);
  });
});

describe('an output of no form that is written', () => {
  it.each([
    ['film.mp5', 'did you mean ".mp4"?'],
    ['film.mov', '.mp4 is'],
    ['talk.mp3', '.wav is'],
    ['look.webp', '.jpg is'],
    ['all.zip', 'a folder (DIR/) is'],
    ['noending', 'has no ending'],
  ])('is told what was meant: %s', async (output, words) => {
    const { cwd, rec } = await recordedScene(PEOPLE.slice(0, 1));
    const wrong = await rec('export', 'latest', '-o', output);
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
    expect(wrong.stderr).toContain(words);
    expect(await readdir(cwd)).toEqual(['recordings']);
  });
});
