import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateFolder } from '../../src/transport/private-folder.js';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'meet-private-folder-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe("a folder of this user's alone", () => {
  it('is made with all that is missing above it, and what was there is left as it was', () => {
    const there = join(root, 'there');
    mkdirSync(there, { mode: 0o755 });
    makePrivateFolder(join(there, 'a', 'b'));
    makePrivateFolder(join(there, 'a', 'b'));
    expect(['', 'a', 'a/b'].map((path) => modeOf(join(there, path)))).toEqual([
      0o755, 0o700, 0o700,
    ]);
  });

  it('may be named by where one is', () => {
    makePrivateFolder(relative(process.cwd(), join(root, 'a', 'b')));
    expect(modeOf(join(root, 'a', 'b'))).toBe(0o700);
  });

  it('may be below a link to a folder', () => {
    mkdirSync(join(root, 'real'));
    symlinkSync(join(root, 'real'), join(root, 'link'));
    makePrivateFolder(join(root, 'link', 'a'));
    expect(modeOf(join(root, 'real', 'a'))).toBe(0o700);
  });

  it.each([
    ['below a file', 'file/a/b', 'ENOTDIR'],
    ['below a link to nowhere', 'nowhere/a/b', 'ENOENT'],
  ])('%s is refused by what the system says', (_, path, code) => {
    writeFileSync(join(root, 'file'), '');
    symlinkSync(join(root, 'gone'), join(root, 'nowhere'));
    expect(() => {
      makePrivateFolder(join(root, path));
    }).toThrow(expect.objectContaining({ code }));
  });

  it.runIf(process.platform === 'linux')(
    'is refused, and not tried for ever, where the system takes no new folder',
    () => {
      expect(() => {
        makePrivateFolder('/proc/meet-test/a/b');
      }).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    },
  );
});
