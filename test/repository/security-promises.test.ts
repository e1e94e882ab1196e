import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PACKAGE = z.object({ scripts: z.record(z.string(), z.string()) });

/** Of each promise of docs/security.md what it is shown by. */
function shownBy(): string[][] {
  const text = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
  const [, table = ''] = text.split('## What is promised');
  const [promised = ''] = table.split('\n## ');
  return promised
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| (Promise|-)/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, promise = '', shown = '']) => [promise, shown]);
}

describe('a promise of docs/security.md', () => {
  it('is one of a dozen and more', () => {
    expect(shownBy().length).toBeGreaterThan(12);
  });

  it.each(shownBy())('is shown by what is there: %s', (_, shown = '') => {
    const paths = shown.match(/\btest\/[\w./-]*\w/g) ?? [];
    const scripts = [...shown.matchAll(/`npm run ([\w:-]+)/g)].map(([, name]) => String(name));
    expect(paths.length + scripts.length).toBeGreaterThan(0);
    for (const path of paths) expect(existsSync(join(ROOT, path)), path).toBe(true);
    const known = PACKAGE.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
    expect(Object.keys(known.scripts)).toEqual(expect.arrayContaining(scripts));
  });
});
