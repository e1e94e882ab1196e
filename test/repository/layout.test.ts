import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LONG_FILES } from '../setup/longest-first.js';
import { CHECKOUT, trackedFiles } from './checkout.js';

/** The top level that docs/architecture.md describes, and what tools need beside it. */
const TOP_LEVEL = new Set([
  ...['bin', 'src', 'test', 'man', 'bench', 'docs', '.ci'],
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE'],
  ...['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'tsconfig.build.json'],
  ...['eslint.config.js', '.prettierrc.json', '.prettierignore', '.editorconfig', '.gitignore'],
  ...['vitest.config.ts', 'vitest.fuzz.config.ts', 'bundle.mjs'],
]);

const ROOMS = new Set(['transport', 'capture', 'playback', 'game', 'daemon', 'tui', 'cli']);

/** Joined from halves, so that this file does not hold what it looks for. */
const UNWANTED = [
  ['/wo', 'rk/'],
  ['/ro', 'ot/'],
  ['/Us', 'ers/'],
  ['/tmp/', 'bash_jobs'],
  ['registry.', 'npmjs'],
  ['registry.', 'yarnpkg'],
  ['deb.', 'debian.org'],
  ['security.', 'debian.org'],
].map((halves) => halves.join(''));

describe('the top level', () => {
  it('has only the agreed entries', () => {
    const entries = new Set(trackedFiles().map((path) => path.split('/')[0] ?? path));
    expect([...entries].filter((entry) => !TOP_LEVEL.has(entry))).toEqual([]);
  });

  it('has a room for everything under src', () => {
    const sources = trackedFiles().filter((path) => path.startsWith('src/'));
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((path) => !ROOMS.has(path.split('/')[1] ?? ''))).toEqual([]);
  });
});

describe('tracked files', () => {
  it('name no path of a machine and no host of a registry', () => {
    const found = trackedFiles()
      .filter((path) => existsSync(join(CHECKOUT, path)))
      .flatMap((path) => {
        const text = readFileSync(join(CHECKOUT, path), 'latin1');
        return UNWANTED.filter((word) => text.includes(word)).map((word) => `${path}: ${word}`);
      });
    expect(found).toEqual([]);
  });

  it('are named in kebab-case under src, bin, bench and test', () => {
    const ours = trackedFiles().filter((path) =>
      /^(?:src|bin|bench|test)\/.*\.m?[jt]sx?$/.test(path),
    );
    const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|fuzz|d))?\.m?[jt]sx?$/;
    expect(ours.filter((path) => !kebab.test(path.split('/').at(-1) ?? ''))).toEqual([]);
  });

  it('hold no utils, helpers or barrel files', () => {
    const names = trackedFiles().map((path) => path.split('/').at(-1) ?? '');
    expect(names.filter((name) => /^(?:utils?|helpers?|index)\.[a-z]+$/.test(name))).toEqual([]);
  });
});

describe('the files that are run first', () => {
  it('are files of the tests', () => {
    expect(LONG_FILES.filter((path) => !existsSync(join(CHECKOUT, path)))).toEqual([]);
  });
});
