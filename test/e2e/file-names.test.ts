import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portsText, runMeet, startMeet } from '../setup/meet-program.js';
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
/** What the daemon makes of names, `room/stay` or `room/meeting/file`: no other byte of theirs is in a path. */
const PART = '(?:\\d{8}T\\d{6}Z|(?:\\d{8}T\\d{6}Z-)?[a-z0-9][a-z0-9._-]*)';
const MADE = new RegExp(`^[a-z0-9][a-z0-9._-]*(?:/${PART})*$`);

let folder: Scratch;
beforeEach(async () => {
  folder = await scratch();
});
afterEach(() => folder[Symbol.asyncDispose]());

/** Pictures and films below a folder. */
async function filesIn(root: string): Promise<number> {
  const names = await readdir(root, { recursive: true }).catch(() => []);
  return names.filter((name) => /\.(?:jpg|mkv)$/.test(name)).length;
}

/** One sharer with that name, in a room of that name, and one picture; it stays until it is recorded. */
async function shareAs(port: number, name: string, root: string): Promise<void> {
  const before = await filesIn(root);
  const client = await NativeClient.join(port, 'screen', {
    name,
    room: name,
    session: newSession(),
  });
  client.sendPicture({ capturedAtUs: 1 }, Buffer.concat([wireJpeg(), Buffer.from('ffd9', 'hex')]));
  await eventually(`a file of ${JSON.stringify(name)}`, async () =>
    (await filesIn(root)) > before ? true : undefined,
  );
  client.sendControl({ type: 'bye', reason: name });
  await client.closed;
}

describe.skipIf(needs('strace'))('names that peers give', () => {
  it.each(['frames', 'mkv'])(
    'reach no system call but as the daemon made them: %s',
    async (format) => {
      const root = join(folder.path, 'kept');
      const calls = await TracedCalls.start(folder.path, [
        ...['serve', '--json', '--ports', '0,0,0', '--format', format, '--record', root],
      ]);
      const { ports, pid } = await calls.program.event('ready');
      for (const name of NAMES) await shareAs(ports.screen, name, root);
      // Not to strace, which would leave the daemon behind.
      process.kill(pid, 'SIGTERM');
      await calls.program.ended;
      const paths = await calls.pathsBelow(root);
      // Each participant's folder and files, at the least.
      expect(paths.length).toBeGreaterThan(2 * NAMES.length);
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
    },
    120_000,
  );
});

describe('a symlink planted in the recordings folder', () => {
  it.each(['frames', 'mkv'])(
    'in place of a room is not followed, and the daemon says so: %s',
    async (format) => {
      const root = join(folder.path, 'kept');
      const elsewhere = join(folder.path, 'elsewhere');
      await mkdir(root);
      await mkdir(elsewhere);
      await symlink(elsewhere, join(root, 'main'));
      await using serve = startMeet(
        ['serve', '--json', '--ports', '0,0,0', '--format', format, '--record', root],
        {
          cwd: folder.path,
        },
      );
      const { ports } = await serve.event('ready');
      const client = await NativeClient.join(ports.screen, 'screen', {});
      const picture = Buffer.concat([wireJpeg(), Buffer.from('ffd9', 'hex')]);
      client.sendPicture({ capturedAtUs: 1 }, picture);
      const told = await serve.event('recording', ({ state }) => state === 'stopped');
      expect(told).toMatchObject({ code: 'MEET_DISK_WRITE' });
      expect(told.message).toContain('is a symlink or a file, expected a folder');
      await serve.end('SIGTERM');
      expect(await readdir(elsewhere)).toEqual([]);
    },
  );

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

  it('is neither read nor emptied by what works on recordings', async () => {
    const root = join(folder.path, 'kept');
    const elsewhere = join(folder.path, 'elsewhere');
    await recordOne(root, folder.path);
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'precious'), 'untouched');
    const [room = ''] = (await readdir(root)).filter((name) => !name.startsWith('.'));
    const [meeting = ''] = await readdir(join(root, room));
    // One beside the real one that is older than it, and one in place of a whole room.
    await symlink(elsewhere, join(root, room, `20200101T000000Z${meeting.slice(16)}`));
    await symlink(elsewhere, join(root, 'lab'));
    const options = { cwd: folder.path };
    const listed = await runMeet(['rec', 'ls', '--dir', root, '--json'], options);
    expect(listed.stdout).not.toContain('precious');
    const pruned = await runMeet(['rec', 'prune', '--dir', root, '--keep', '1s', '--yes'], options);
    expect(pruned.exitCode, pruned.stderr).toBe(0);
    expect(await readFile(join(elsewhere, 'precious'), 'utf8')).toBe('untouched');
  });

  it('where a picture or a film is to be written is not written through', async () => {
    const root = join(folder.path, 'kept');
    const secret = join(folder.path, 'secret');
    await writeFile(secret, 'untouched');
    await using serve = startMeet(SERVE(root), { cwd: folder.path });
    const { ports } = await serve.event('ready');
    const client = await NativeClient.join(ports.screen, 'screen', { name: 'kiosk' });
    const picture = Buffer.concat([wireJpeg(), Buffer.from('ffd9', 'hex')]);
    client.sendPicture({ capturedAtUs: 1 }, picture);
    const planted = join(folder.path, 'planted.jpg');
    await symlink(secret, planted);
    const words = ['snapshot', 'kiosk/screen', '-o', planted, '--ports', portsText(ports)];
    const shot = await runMeet(words, { cwd: folder.path });
    expect(shot.stderr).toContain('is a symlink, which is not followed');
    expect(shot.exitCode).toBe(73);
    await serve.end('SIGTERM');
    for (const force of [[], ['--force']]) {
      const film = ['rec', 'export', '--dir', root, 'latest', '-o', planted.replace('jpg', 'mkv')];
      await symlink(secret, planted.replace('jpg', 'mkv')).catch(() => undefined);
      await runMeet([...film, ...force], { cwd: folder.path });
      expect(await readFile(secret, 'utf8')).toBe('untouched');
    }
  });
});

const SERVE = (root: string): string[] => [
  ...['serve', '--json', '--ports', '0,0,0', '--record', root],
];

async function recordOne(root: string, cwd: string): Promise<void> {
  await using serve = startMeet(SERVE(root), { cwd });
  const { ports } = await serve.event('ready');
  await shareAs(ports.screen, 'kiosk', root);
  await serve.end('SIGTERM');
}
