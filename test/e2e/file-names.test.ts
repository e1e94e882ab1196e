import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMeet } from '../setup/meet-program.js';
import { NativeClient, newSession } from '../setup/native-client.js';
import { needs } from '../setup/programs.js';
import { TracedCalls } from '../setup/traced-calls.js';
import { wireJpeg } from '../setup/wire.js';
import type { Scratch } from './recorded.js';
import { eventually, scratch, staysIn } from './recorded.js';

/** Names that a careless program would open, write to or climb by. */
const NAMES = [
  '../../../outside',
  '/etc/stolen',
  'a/b',
  'a\\b',
  '..',
  '.',
  'nul\u0000byte',
  '~root',
  '$(touch pwned)',
  'index.jsonl',
  '-rf',
  'CON',
  'x'.repeat(300),
  '\u202egnp.exe',
];
/** What the daemon makes of names, `room/stay`: no other byte of theirs is in a path. */
const MADE = /^[a-z0-9][a-z0-9._-]*(?:\/(?:\d{8}T\d{6}Z-)?[a-z0-9][a-z0-9._-]*)*$/;

let folder: Scratch;
beforeEach(async () => {
  folder = await scratch();
});
afterEach(() => folder[Symbol.asyncDispose]());

/** One sharer with that name, in a room of that name, and one picture; it stays until it is recorded. */
async function shareAs(port: number, name: string, root: string): Promise<void> {
  const before = (await staysIn(root)).length;
  const client = await NativeClient.join(port, 'screen', {
    name,
    room: name,
    session: newSession(),
  });
  client.sendPicture({ capturedAtUs: 1 }, Buffer.concat([wireJpeg(), Buffer.from('ffd9', 'hex')]));
  await eventually(`a stay of ${JSON.stringify(name)}`, async () =>
    (await staysIn(root)).length > before ? true : undefined,
  );
  client.sendControl({ type: 'bye', reason: name });
  await client.closed;
}

describe.skipIf(needs('strace'))('names that peers give', () => {
  it('reach no system call but as the daemon made them', async () => {
    const root = join(folder.path, 'kept');
    const calls = await TracedCalls.start(folder.path, [
      ...['serve', '--json', '--ports', '0,0,0', '--format', 'frames', '--record', root],
    ]);
    const { ports, pid } = await calls.program.event('ready');
    for (const name of NAMES) await shareAs(ports.screen, name, root);
    // Not to strace, which would leave the daemon behind.
    process.kill(pid, 'SIGTERM');
    await calls.program.ended;
    const paths = await calls.pathsBelow(root);
    // Each participant's folder, index and picture, at the least.
    expect(paths.length).toBeGreaterThan(3 * NAMES.length);
    expect(
      paths.filter((path) => path !== '' && path !== '.meet-recordings' && !MADE.test(path)),
    ).toEqual([]);
    const everywhere = await calls.paths();
    for (const name of ['outside', 'pwned', 'stolen']) {
      expect(everywhere.filter((path) => path.includes(name) && !path.startsWith(root))).toEqual(
        [],
      );
    }
    expect(await readdir(folder.path)).not.toContain('outside');
    expect(await readdir(folder.path)).not.toContain('pwned');
  }, 120_000);
});

describe('a symlink planted in the recordings folder', () => {
  it('in place of a room is not followed, and the daemon says so', async () => {
    const root = join(folder.path, 'kept');
    const elsewhere = join(folder.path, 'elsewhere');
    await mkdir(root);
    await mkdir(elsewhere);
    await symlink(elsewhere, join(root, 'main'));
    await using serve = startMeet(
      ['serve', '--json', '--ports', '0,0,0', '--format', 'frames', '--record', root],
      {
        cwd: folder.path,
      },
    );
    const { ports } = await serve.event('ready');
    const client = await NativeClient.join(ports.screen, 'screen', {});
    client.sendPicture({ capturedAtUs: 1 });
    const told = await serve.event('recording', ({ state }) => state === 'stopped');
    expect(told).toMatchObject({ code: 'MEET_DISK_WRITE' });
    expect(told.message).toContain('is a symlink or a file, expected a folder');
    await serve.end('SIGTERM');
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it('in place of a file that is to be made is not written through', async () => {
    const root = join(folder.path, 'kept');
    const secret = join(folder.path, 'secret');
    await writeFile(secret, 'untouched');
    await using serve = startMeet(
      ['serve', '--json', '--ports', '0,0,0', '--format', 'frames', '--record', root],
      {
        cwd: folder.path,
      },
    );
    const { ports } = await serve.event('ready');
    const client = await NativeClient.join(ports.screen, 'screen', {});
    const picture = Buffer.concat([wireJpeg(), Buffer.from('ffd9', 'hex')]);
    client.sendPicture({ sequence: 0, capturedAtUs: 1000 }, picture);
    const stay = await eventually('the stay', async () => (await staysIn(root))[0]);
    await eventually('the first picture', async () =>
      (await readdir(join(stay, 'screen')).catch(() => [])).find((name) => name.endsWith('.jpg')),
    );
    // The name of the next picture and of its unfinished form can be foretold.
    for (const ending of ['jpg', 'jpg.part']) {
      await symlink(secret, join(stay, 'screen', `000000001-2.${ending}`));
    }
    client.sendPicture({ sequence: 1, capturedAtUs: 2000 }, picture);
    client.sendPicture({ sequence: 2, capturedAtUs: 3000 }, picture);
    await serve.end('SIGTERM');
    expect(await readFile(secret, 'utf8')).toBe('untouched');
  });
});
