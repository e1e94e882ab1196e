/** What is exported has its name when the disk has all of it: seen from outside, by the system calls. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { quietEnv, runMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { PEOPLE, recordedScene } from './recorded-people.js';

const TIMEOUT_MS = 60_000;
const CALLS = 'trace=fsync,fdatasync,link,linkat,rename,renameat,renameat2';

/** Lines of calls, oldest first, descriptors with their paths. */
async function calls(cwd: string, output: string): Promise<string[]> {
  const trace = join(cwd, 'strace.txt');
  // libuv must use the system calls that are named here.
  const env = quietEnv({ UV_USE_IO_URING: '0' });
  const strace = ['strace', '-f', '-qq', '-y', '-s', '4096', '-o', trace, '-e', CALLS];
  const size = ['--size', '320x180'];
  const args = ['rec', 'export', 'latest', '-o', output, ...size];
  expect(await runMeet(args, { cwd, env, within: strace })).toMatchObject({ exitCode: 0 });
  return (await readFile(trace, 'utf8')).split('\n');
}

describe.skipIf(needs('strace', 'ffmpeg'))('an export', { timeout: TIMEOUT_MS }, () => {
  it.each(['film.mp4', 'sheet.png', 'all.mkv', 'mix.wav'])(
    'of %s is synced before it has its name, and its folder after',
    async (name) => {
      const { cwd } = await recordedScene(PEOPLE.slice(0, 1));
      const lines = await calls(cwd, name);
      const contents = lines.findIndex((line) => /f(data)?sync\(.*\.part>/.test(line));
      const named = lines.findIndex((line) => line.includes(`"${join(cwd, name)}"`));
      const folder = lines.findLastIndex(
        (line) => line.includes(`fsync(`) && line.includes(`<${cwd}>`),
      );
      expect([contents >= 0, contents < named, named < folder]).toEqual([true, true, true]);
    },
  );

  it('of pictures has all of them synced before the folder has its name', async () => {
    const { cwd } = await recordedScene(PEOPLE.slice(0, 1));
    const lines = await calls(cwd, 'pictures/');
    const named = lines.findIndex((line) => line.includes(`"${join(cwd, 'pictures')}"`));
    const synced = lines
      .slice(0, named)
      .filter((line) => /fdatasync\(.*\.part\/[^/]+\.(jpg|jsonl)>/.test(line));
    // Eight pictures and their list.
    expect(synced).toHaveLength(9);
    expect(lines.slice(0, named).some((line) => /fsync\(.*\.part>/.test(line))).toBe(true);
    expect(lines.slice(named).some((line) => line.includes(`<${cwd}>`))).toBe(true);
  });
});
