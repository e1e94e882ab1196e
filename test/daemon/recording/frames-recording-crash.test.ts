import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readFramesFolder } from '../../../src/daemon/recording/frames-reader.js';
import { recoverFolder } from '../../../src/daemon/recording/recover-folder.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { compileProgram } from '../../setup/compiled-program.js';
import { jpeg } from './frames.js';
import { ffprobeSeconds, pythonWaveBytes } from './python-wave.js';
import { temporaryFolder } from './temporary-folder.js';

const KILLS = 24;
/** Recordings that run side by side: more than cores, so that kills fall anywhere. */
const LANES = 3;
const LONGEST_MS = 900;
const BYTES_PER_SECOND = 44_100 * 4;

interface Program {
  readonly script: string;
  readonly picturePath: string;
  readonly picture: Buffer;
}

/** Records until a random moment; returns how much sound the process says it had offered. */
async function recordAndKill(
  program: Program,
  root: string,
  pace: 'flood' | 'live',
): Promise<number> {
  const afterMs = Math.random() * LONGEST_MS;
  const args = [program.script, root, program.picturePath, pace];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let offeredBytes = 0;
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    offeredBytes = Number(line);
  });
  await Promise.race([once(lines, 'line'), exited]);
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  await exited;
  clearTimeout(timer);
  expect(child.signalCode).toBe('SIGKILL');
  return offeredBytes;
}

interface Left {
  readonly pictures: number;
  readonly parts: number;
  readonly lostBytes: number;
}

/** Checks all that a killed process left, and that recovering loses none of it. */
async function check(folder: string, program: Program, offeredBytes: number): Promise<Left> {
  const before = await readFramesFolder(systemRecordingFs, folder);
  expect(before.faults).toEqual([]);
  const names = await readdir(folder, { recursive: true });
  const parts = names.filter((name) => name.endsWith('.part'));
  expect(parts.length).toBeLessThanOrEqual(1);
  const pictures = names.filter((name) => name.endsWith('.jpg')).sort();
  for (const name of pictures) {
    expect((await readFile(join(folder, name))).equals(program.picture)).toBe(true);
  }
  for (const name of pictures.slice(-3)) await sharp(join(folder, name)).raw().toBuffer();

  const wavs = names.filter((name) => name.endsWith('.wav')).map((name) => join(folder, name));
  const wavBytes = await pythonWaveBytes(wavs);
  for (const [at, path] of wavs.entries()) {
    expect(await ffprobeSeconds(path)).toBeCloseTo((wavBytes[at] ?? 0) / BYTES_PER_SECOND, 3);
  }
  const soundBytes = wavBytes.reduce((sum, bytes) => sum + bytes, 0);
  const lostBytes = offeredBytes - soundBytes;
  expect(lostBytes).toBeLessThanOrEqual(BYTES_PER_SECOND);

  const recovered = await recoverFolder(systemRecordingFs, folder);
  expect(recovered.removedParts).toEqual(parts);
  const after = await readFramesFolder(systemRecordingFs, folder);
  expect(after).toEqual({ lines: before.lines, faults: [], hasTornLine: false });
  return { pictures: pictures.length, parts: parts.length, lostBytes };
}

test(`A recorder that is killed ${KILLS} times leaves whole pictures and readable sound`, async () => {
  const folder = await temporaryFolder();
  const picture = await jpeg();
  const picturePath = join(folder, 'picture.jpg');
  await writeFile(picturePath, picture);
  const source = 'test/daemon/recording/recording-child.ts';
  const script = await compileProgram(source, join(folder, 'compiled'));
  const program = { script, picturePath, picture };
  const left: Left[] = [];
  let kills = 0;
  const lane = async () => {
    while (kills < KILLS) {
      kills += 1;
      const root = join(folder, `kill-${kills}`);
      const pace = kills % 2 === 0 ? 'live' : 'flood';
      const offeredBytes = await recordAndKill(program, root, pace);
      const stays = await readdir(join(root, 'crash')).catch(() => []);
      for (const stay of stays) {
        left.push(await check(join(root, 'crash', stay), program, offeredBytes));
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  // Kills within the first 200 ms find nothing written yet; most find hundreds of pictures.
  expect(left.length).toBeGreaterThan(KILLS / 3);
  expect(left.reduce((sum, { pictures }) => sum + pictures, 0)).toBeGreaterThan(KILLS);
}, 180_000);
