import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { needs } from '../setup/programs.js';
import { CHECKOUT } from '../repository/checkout.js';
import { PAGES, pageSource, render, renderFile } from './man-page.js';

const MANIFEST = z.object({ version: z.string(), man: z.array(z.string()) });

describe.skipIf(needs('man'))('a man page', () => {
  it.each(PAGES)('%s renders without a warning', async (page) => {
    expect((await render(page)).warnings).toEqual([]);
  });

  it.each(PAGES)('%s fits a terminal of 80 columns', async (page) => {
    const { text } = await render(page);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('with a mistake gives a warning', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'meet-man-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'broken.1');
    await writeFile(path, pageSource('meet.1').replace('.Sh COMMANDS', '.Sg COMMANDS'));
    expect((await renderFile(path)).warnings).not.toEqual([]);
  });

  it.each(PAGES)('%s names only pages that there are', (page) => {
    const named = [...pageSource(page).matchAll(/^\.Xr (\S+) (\d)/gm)];
    const pages = named.map(([, name = '', section = '']) => `${name}.${section}`);
    const own = pages.filter((name) => name.startsWith('meet'));
    expect(own.filter((name) => !PAGES.includes(name))).toEqual([]);
  });
});

describe('the package', () => {
  it('has all man pages', async () => {
    const manifest = MANIFEST.parse(
      JSON.parse(await readFile(join(CHECKOUT, 'package.json'), 'utf8')),
    );
    expect([...manifest.man].sort()).toEqual(PAGES.map((page) => `man/${page}`));
  });
});
