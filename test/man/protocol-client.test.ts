import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startMeet } from '../setup/meet-program.js';
import { needs, python3Path } from '../setup/programs.js';
import { blocks, pageSource, render, renderedSection, sourceSection, tables } from './man-page.js';

const run = promisify(execFile);

/** What `-offset indent` and the section itself indent by. */
const CODE_INDENT = 11;
const PICTURES = 5;
const SIZE = { width: 64, height: 48 };

const LINE = z.looseObject({ type: z.string() });

/** The program at the end of the page, as a reader would copy it from a terminal. */
async function pythonClient(): Promise<string> {
  const section = renderedSection((await render('meet-protocol.7')).text, 'A WHOLE CLIENT');
  const found = blocks(section, CODE_INDENT).find((block) => block.includes('import json'));
  const at = found?.indexOf('#!/usr/bin/env python3') ?? -1;
  if (found === undefined || at < 0) throw new Error('the page has no Python client');
  return `${found.slice(at)}\n`;
}

async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'meet-protocol-client-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function writePictures(folder: string): Promise<string[]> {
  const paths = Array.from({ length: PICTURES }, (_, number) => join(folder, `${number}.jpg`));
  for (const [number, path] of paths.entries()) {
    const background = { r: 40 * number, g: 100, b: 200 };
    await sharp({ create: { ...SIZE, channels: 3, background } })
      .jpeg()
      .toFile(path);
  }
  return paths;
}

describe.skipIf(needs('man', 'python3'))('the client of meet-protocol.7', () => {
  it('shares pictures with a real daemon and is recorded', async () => {
    const folder = await scratchFolder();
    const script = join(folder, 'share.py');
    await writeFile(script, await pythonClient());
    const pictures = await writePictures(folder);
    const args = ['--ports', '0,0,0', '--json', '--record', 'recordings', '--format', 'frames'];
    await using daemon = startMeet(args, { program: 'meetd', cwd: folder });
    const { ports } = await daemon.event('ready');

    await run(python3Path(), [script, '127.0.0.1', String(ports.screen), '64x48', ...pictures]);

    expect(await daemon.event('joined')).toMatchObject({ name: 'python', origin: 'native' });
    const { reason } = await daemon.event('left');
    expect(reason).toBe('all files were shown');
    const ended = await daemon.event('recording', ({ state }) => state === 'ended');
    expect(ended).toMatchObject({ written: PICTURES, dropped: 0 });
    await expectRecorded(ended.path, pictures);
    await expectDocumented(join(ended.path, 'index.jsonl'));
    expect(await daemon.end('SIGTERM')).toMatchObject({ exitCode: 143 });
  });

  it('says what a daemon refuses', async () => {
    const folder = await scratchFolder();
    const script = join(folder, 'share.py');
    await writeFile(script, await pythonClient());
    const [picture = ''] = await writePictures(folder);
    const args = ['--ports', '0,0,0', '--json', '--no-record'];
    await using daemon = startMeet(args, { program: 'meetd', cwd: folder });
    const { ports } = await daemon.event('ready');
    const client = run(python3Path(), [script, '127.0.0.1', String(ports.video), '64x48', picture]);
    await expect(client).rejects.toMatchObject({
      code: 1,
      stderr: `this is the video port; screen goes to port ${ports.screen}\n`,
    });
  });
});

/** Every picture is on disk byte for byte, in order. */
async function expectRecorded(recording: string, pictures: readonly string[]): Promise<void> {
  const names = (await readdir(join(recording, 'screen'))).sort();
  expect(names).toHaveLength(pictures.length);
  for (const [at, picture] of pictures.entries()) {
    const recorded = await readFile(join(recording, 'screen', names[at] ?? ''));
    expect(recorded).toEqual(await readFile(picture));
  }
}

/** Every line of an index, and each of its fields, stands in meetd(8). */
async function expectDocumented(path: string): Promise<void> {
  const [rows = []] = tables(sourceSection(pageSource('meetd.8'), 'Lines of index.jsonl'));
  const known = new Set(rows.map(([type, field]) => `${type} ${field}`));
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const seen = lines.flatMap((text) => {
    const { type, ...fields } = LINE.parse(JSON.parse(text));
    return Object.keys(fields).map((field) => `${type} ${field}`);
  });
  expect(seen).toContain('frame file');
  expect(seen.filter((field) => !known.has(field))).toEqual([]);
}
