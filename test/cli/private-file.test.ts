import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readPrivateFile } from '../../src/cli/private-file.js';
import { readSecret, stateFile } from '../../src/cli/state-folder.js';
import { KnownHosts } from '../../src/cli/known-hosts.js';
import { cannotMount, tinyDisk } from '../daemon/recording/tiny-disk.js';
import { scratch } from '../e2e/recorded.js';

const SOMEBODY = 65534;
const noMount = await cannotMount();
const isRoot = process.getuid?.() === 0;

async function fileOf(mode: number, text = 'secret'): Promise<{ path: string; folder: string }> {
  const folder = await scratch();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const path = join(folder.path, 'key.pem');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return { path, folder: folder.path };
}

const read = (path: string): ReturnType<typeof readPrivateFile> => readPrivateFile(path, 64);

describe('a private file', () => {
  it.each([
    ['600', false, false],
    ['400', false, false],
    ['640', true, false],
    ['604', true, false],
    ['620', true, true],
    ['666', true, true],
  ])('of mode %s: others may read it: %s, write to it: %s', async (mode, reads, writes) => {
    const { path } = await fileOf(Number.parseInt(mode, 8));
    const { text, readable, changeable } = read(path);
    expect(text).toBe('secret');
    expect([readable !== undefined, changeable !== undefined]).toEqual([reads, writes]);
    if (reads) expect(readable).toMatch(new RegExp(`\\(mode ${mode}\\): chmod 600 ${path}`));
  });

  it('is judged by the file at the end of a link', async () => {
    const { path, folder } = await fileOf(0o644);
    const link = join(folder, 'link.pem');
    symlinkSync(path, link);
    expect(read(link).readable).toContain(`chmod 600 ${link}`);
    chmodSync(path, 0o600);
    expect(read(link)).toMatchObject({ text: 'secret', readable: undefined });
  });

  it.skipIf(!isRoot)("is not one's own where it belongs to another user", async () => {
    const { path } = await fileOf(0o600);
    chownSync(path, SOMEBODY, SOMEBODY);
    expect(read(path).readable).toBe(`it belongs to user ${SOMEBODY}: chown 0 ${path}`);
    expect(() => readSecret(path)).toThrow(expect.objectContaining({ code: 'MEET_IDENTITY' }));
  });

  it('is no device, no folder, no pipe without an end, and not too large', async () => {
    const { path, folder } = await fileOf(0o600, 'x'.repeat(65));
    expect(() => read(path)).toThrow('larger than 64 bytes');
    expect(() => read('/dev/zero')).toThrow('no file');
    expect(() => read(folder)).toThrow('no file');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(() => read(pipe)).toThrow('no file');
    const endless = join(folder, 'admitted');
    symlinkSync('/dev/zero', endless);
    expect(() => stateFile(endless).read()).toThrow(
      expect.objectContaining({ code: 'MEET_IDENTITY' }),
    );
  });
});

describe('a list of who may come in', () => {
  it('that others may write to is not read, and says how to mend it', async () => {
    const { path } = await fileOf(0o664, '# nobody\n');
    expect(() => stateFile(path).read()).toThrow(`(mode 664): chmod 600 ${path}`);
    chmodSync(path, 0o644);
    expect(stateFile(path).read()).toBe('# nobody\n');
  });
});

describe('a folder of secrets and lists', () => {
  it('to which everybody may write is not used, unless each keeps what is its own', async () => {
    const { path, folder } = await fileOf(0o600);
    for (const [mode, isUsed] of [
      [0o755, true],
      [0o777, false],
      [0o1777, true],
    ] as const) {
      chmodSync(folder, mode);
      const reads = [(): unknown => readSecret(path), (): unknown => stateFile(path).read()];
      for (const each of reads) {
        if (isUsed) expect(each()).toBe('secret');
        else expect(each).toThrow(`chmod 700 ${folder}`);
      }
    }
  });
});

describe('known_hosts', () => {
  const one = `SHA256:${'A'.repeat(43)}`;
  const two = `SHA256:${'B'.repeat(42)}A`;
  const meets = (path: string, name: string, shown: string): string[] => {
    const first: string[] = [];
    new KnownHosts(path, (host) => first.push(host)).trust(name, shown);
    return first;
  };

  it('refuses a key that has changed, and names both, and the line', async () => {
    const { path } = await fileOf(0o600, `# mine\nother:1 ${two}\nops:5051 ${one}`);
    expect(meets(path, 'ops:5051', one)).toEqual([]);
    for (const word of [one, two, `line 3 of ${path}`]) {
      expect(() => meets(path, 'ops:5051', two)).toThrow(word);
    }
  });

  it('believes the first of two lines, and no line that cannot be read', async () => {
    const { path } = await fileOf(0o600, `ops:5051 ${one}\nops:5051 ${two}\nlab:5051 SHA256:?\n`);
    expect(meets(path, 'ops:5051', one)).toEqual([]);
    expect(() => meets(path, 'ops:5051', two)).toThrow('another key');
    expect(() => meets(path, 'lab:5051', one)).toThrow(`line 3 of ${path} is not whole`);
  });

  it.each([
    ['a tab', `ops:5051\t${one}`],
    ['two spaces', `ops:5051  ${one}`],
    ['a space before it', `  ops:5051 ${one}`],
    ['the mark of an editor before it', `\uFEFFops:5051 ${one}`],
    ['a name in capitals', `OPS:5051 ${one}`],
    ['ends of lines of another system', `ops:5051 ${one}\r`],
  ])('lets no other key in by a line that was edited by hand: %s', async (_, line) => {
    const { path } = await fileOf(0o600, `${line}\n`);
    expect(meets(path, 'ops:5051', one)).toEqual([]);
    expect(() => meets(path, 'ops:5051', two)).toThrow('another key');
  });

  it.skipIf(noMount)('gets a line whole or not at all on a full disk', async () => {
    const path = join(await tinyDisk('size=64k'), 'known_hosts');
    meets(path, 'lab:5051', two);
    // Half of the next line would have room in the last page.
    appendFileSync(path, `${'#'.repeat(4095 - 40 - readFileSync(path).length)}\n`);
    const before = readFileSync(path, 'utf8');
    const filling = openSync(join(dirname(path), 'filling'), 'w');
    expect(() => {
      for (;;) writeSync(filling, Buffer.alloc(4096));
    }).toThrow('ENOSPC');
    closeSync(filling);
    expect(() => meets(path, 'ops:5051', one)).toThrow(`the disk is full), so that`);
    expect(readFileSync(path, 'utf8')).toBe(before);
    rmSync(join(dirname(path), 'filling'));
    expect(meets(path, 'ops:5051', one)).toEqual(['ops:5051']);
    expect(meets(path, 'ops:5051', one)).toEqual([]);
  });

  it('remembers behind a last line without an end, and nothing where it cannot be written', async () => {
    const { path } = await fileOf(0o600, `ops:5051 ${one}`);
    expect(meets(path, 'lab:5051', two)).toEqual(['lab:5051']);
    expect(meets(path, 'lab:5051', two)).toEqual([]);
    expect(meets(path, 'ops:5051', one)).toEqual([]);
    expect(() => meets('/proc/meet-test/known_hosts', 'ops:5051', one)).toThrow(`--pin ${one}`);
  });
});
