import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync } from 'node:fs';
import { chmod, chown, link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { controlNames, controlPath } from '../../src/transport/control-folder.js';
import type { Clock } from '../../src/transport/clock.js';
import { systemClock } from '../../src/transport/clock.js';
import { connectControl } from '../../src/transport/control-socket.js';
import { limitsWith } from '../../src/transport/limits.js';
import { wireControl, wireJpeg, wirePicture, wirePreamble, wireRecord } from '../setup/wire.js';
import type { ControlEnv } from './control-scene.js';
import { ControlPeer, PLATFORM, openServer, rawControl, runtimeFolder } from './control-scene.js';

const NAME = 'daemon-5051';
const PREAMBLE = wirePreamble(0);
const PATIENT = { timeout: 20_000 };

const IN_AN_HOUR: Clock = { ...systemClock, wallUs: () => systemClock.wallUs() + 3_600_000_000 };

/** A process that listens on sockets of these names and clears nothing away. */
async function listenElsewhere(env: ControlEnv, names: readonly string[]): Promise<ChildProcess> {
  const paths = names.map((name) => controlPath(name, env, PLATFORM));
  const script = `
    const { createServer } = require('node:net');
    const paths = ${JSON.stringify(paths)};
    let listening = 0;
    for (const path of paths) {
      createServer().listen({ path, backlog: 1 }, () => {
        listening += 1;
        if (listening === paths.length) console.log('up');
      });
    }`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return child;
}

/** Connects until there is no more room for those who wait to be accepted. */
async function fillBacklog(path: string): Promise<void> {
  for (;;) {
    const socket = connect({ path });
    onTestFinished(() => {
      socket.destroy();
    });
    try {
      await once(socket, 'connect');
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'EAGAIN' });
      return;
    }
  }
}

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o777).toString(8);
}

describe('a control socket', () => {
  it.each([0o000, 0o022, 0o077])(
    'is 0600 in a folder of 0700 with a umask of %o',
    async (umask) => {
      const env = await runtimeFolder();
      const before = process.umask(umask);
      onTestFinished(() => {
        process.umask(before);
      });
      const { path } = await openServer(env, NAME);
      // Setting it tells what it was: opening the socket has put it back.
      expect(process.umask(umask)).toBe(umask);
      expect(path).toBe(join(env.XDG_RUNTIME_DIR, 'meet', `${NAME}.sock`));
      expect(modeOf(path)).toBe('600');
      expect(modeOf(join(env.XDG_RUNTIME_DIR, 'meet'))).toBe('700');
    },
  );

  it.each([
    [
      'others may write to',
      async (folder: string) => mkdir(folder).then(() => chmod(folder, 0o777)),
    ],
    [
      'others may look into',
      async (folder: string) => mkdir(folder).then(() => chmod(folder, 0o755)),
    ],
    [
      'is a link to one',
      async (folder: string) => {
        await mkdir(`${folder}-there`, { mode: 0o700 });
        await symlink(`${folder}-there`, folder);
      },
    ],
    ['is a link to nowhere', (folder: string) => symlink(`${folder}-nowhere`, folder)],
    ['is a file', (folder: string) => writeFile(folder, '')],
  ])('is refused in a folder that %s, and none is looked for there', async (_, prepare) => {
    const env = await runtimeFolder();
    const folder = join(env.XDG_RUNTIME_DIR, 'meet');
    await prepare(folder);
    await expect(openServer(env, NAME)).rejects.toMatchObject({ code: 'MEET_BIND' });
    await writeFile(join(folder, `${NAME}.sock`), '').catch(() => undefined);
    expect(controlNames(env, PLATFORM)).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)('is refused in a folder of somebody else', async () => {
    const env = await runtimeFolder();
    const folder = join(env.XDG_RUNTIME_DIR, 'meet');
    await mkdir(folder, { mode: 0o700 });
    await chown(folder, 12_345, 12_345);
    await expect(openServer(env, NAME)).rejects.toMatchObject({
      code: 'MEET_BIND',
      message: expect.stringContaining(`chmod 700 ${folder}`) as string,
    });
  });

  it('takes the place of one whose program was killed', async () => {
    const env = await runtimeFolder();
    await mkdir(join(env.XDG_RUNTIME_DIR, 'meet'), { mode: 0o700 });
    const path = controlPath(NAME, env, PLATFORM);
    const child = await listenElsewhere(env, [NAME]);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(existsSync(path)).toBe(true);
    expect(controlNames(env, PLATFORM)).toEqual([NAME]);
    const server = await openServer(env, NAME, (connection, record) => {
      if (record.type === 'query') connection.send({ type: 'done', id: record.id, ok: true });
    });
    const peer = await ControlPeer.open(env, NAME);
    expect(await peer.ask({ type: 'query', what: 'status' })).toMatchObject({ ok: true });
    await server.close();
    expect(existsSync(path)).toBe(false);
  });

  it('does not take the place of one that answers, which goes on', async () => {
    const env = await runtimeFolder();
    await openServer(env, NAME, (connection, record) => {
      if (record.type === 'query') connection.send({ type: 'done', id: record.id, ok: true });
    });
    await expect(openServer(env, NAME)).rejects.toMatchObject({ code: 'MEET_BIND' });
    const peer = await ControlPeer.open(env, NAME);
    expect(await peer.ask({ type: 'query', what: 'status' })).toMatchObject({ ok: true });
  });

  it('does not take the place of a file that is no socket, which is left as it is', async () => {
    const env = await runtimeFolder();
    const path = controlPath(NAME, env, PLATFORM);
    await mkdir(join(env.XDG_RUNTIME_DIR, 'meet'), { mode: 0o700 });
    await writeFile(path, 'somebody else\u2019s');
    await expect(openServer(env, NAME)).rejects.toMatchObject({
      code: 'MEET_BIND',
      message: expect.stringContaining('move it away') as unknown,
    });
    expect(await readFile(path, 'utf8')).toBe('somebody else\u2019s');
  });

  it('stands beside those of other daemons and shares', async () => {
    const env = await runtimeFolder();
    const share = `share-${process.pid}`;
    await openServer(env, share);
    await openServer(env, NAME);
    await openServer(env, 'daemon-6000');
    await writeFile(join(env.XDG_RUNTIME_DIR, 'meet', 'notes.txt'), '');
    expect(controlNames(env, PLATFORM)).toEqual(['daemon-5051', 'daemon-6000', share]);
  });

  it('clears away those of programs that were killed, and of no other program', async () => {
    const env = await runtimeFolder();
    const folder = join(env.XDG_RUNTIME_DIR, 'meet');
    await mkdir(folder, { mode: 0o700 });
    const gone = await listenElsewhere(env, ['daemon-6000', 'daemon-6001', `share-${process.pid}`]);
    const goneShare = `share-${gone.pid ?? 0}`;
    await link(controlPath('daemon-6001', env, PLATFORM), controlPath(goneShare, env, PLATFORM));
    gone.kill('SIGKILL');
    await once(gone, 'close');
    await openServer(env, 'daemon-7000');
    await writeFile(controlPath('daemon-8000', env, PLATFORM), 'no socket');
    await openServer(env, NAME, () => undefined, IN_AN_HOUR);
    const left = ['daemon-5051', 'daemon-7000', 'daemon-8000', `share-${process.pid}`];
    expect(controlNames(env, PLATFORM)).toEqual(left);
  });

  it('leaves one that was just made, and one whose daemon has no time to answer', async () => {
    const env = await runtimeFolder();
    await mkdir(join(env.XDG_RUNTIME_DIR, 'meet'), { mode: 0o700 });
    const gone = await listenElsewhere(env, ['daemon-6000']);
    gone.kill('SIGKILL');
    await once(gone, 'close');
    await openServer(env, NAME);
    expect(controlNames(env, PLATFORM)).toEqual(['daemon-5051', 'daemon-6000']);

    const busy = await listenElsewhere(env, ['daemon-7000']);
    busy.kill('SIGSTOP');
    onTestFinished(() => {
      busy.kill('SIGKILL');
    });
    await fillBacklog(controlPath('daemon-7000', env, PLATFORM));
    await openServer(env, 'daemon-8000', () => undefined, IN_AN_HOUR);
    expect(controlNames(env, PLATFORM)).toEqual(['daemon-5051', 'daemon-7000', 'daemon-8000']);
  });

  it('may be closed twice, and ends its connections', async () => {
    const env = await runtimeFolder();
    const server = await openServer(env, NAME);
    const peer = await ControlPeer.open(env, NAME);
    await Promise.all([server.close(), server.close()]);
    await peer.connection.ended;
    await server.close();
    const options = { limits: limitsWith(), clock: systemClock, handlers: { onControl: noop } };
    await expect(connectControl(server.path, options)).rejects.toMatchObject({
      code: 'MEET_UNREACHABLE',
    });
  });
});

describe('a hostile connection to a control socket', () => {
  const tooLong = wireRecord({ type: 0, payloadBytes: 64 * 1024 + 1 });

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a preamble of a stream', wirePreamble('screen')],
    ['a record that is too long', Buffer.concat([PREAMBLE, tooLong])],
    ['a record of no known type', Buffer.concat([PREAMBLE, wireRecord({ type: 9 })])],
    ['a picture', Buffer.concat([PREAMBLE, wirePicture({}, wireJpeg())])],
    [
      'the header of a large picture',
      Buffer.concat([PREAMBLE, wirePicture({ payloadBytes: 1 << 24 }, Buffer.alloc(0))]),
    ],
  ])('that sends %s is closed, and no other one', async (_, bytes) => {
    const env = await runtimeFolder();
    const { path } = await openServer(env, NAME, (connection, record) => {
      if (record.type === 'query') connection.send({ type: 'done', id: record.id, ok: true });
    });
    const decent = await ControlPeer.open(env, NAME);
    const { socket, closed } = await rawControl(path);
    socket.write(bytes);
    await closed;
    expect(await decent.ask({ type: 'query', what: 'status' })).toMatchObject({ ok: true });
  });

  it.each([
    ['that is not JSON', Buffer.from('\u0000\u0001'), 'MEET_CONTROL_INVALID'],
    ['of a type that is not known', { type: 'reboot' }, 'MEET_CONTROL_UNKNOWN'],
    ['that is not valid', { type: 'toggle', id: 1, action: 'ban' }, 'MEET_CONTROL_INVALID'],
  ])('is answered with an error for a record %s, and stays', async (...row) => {
    const [, record, code] = row;
    const env = await runtimeFolder();
    const { path } = await openServer(env, NAME);
    const { socket, closed } = await rawControl(path);
    socket.end(Buffer.concat([PREAMBLE, wireControl(record), wireControl(record)]));
    const answers = (await closed).toString('latin1');
    expect(answers.split(code).length - 1).toBe(2);
  });

  it('is one of at most 64: more are closed at once, and there is room again after them', async () => {
    const env = await runtimeFolder();
    const { path } = await openServer(env, NAME);
    const first = [];
    for (let at = 0; at < 64; at += 1) first.push(await rawControl(path));
    const over = await rawControl(path);
    await over.closed;
    first[0]?.socket.destroy();
    await expect
      .poll(async () => {
        const { socket, closed } = await rawControl(path);
        socket.write(PREAMBLE);
        const answered = new Promise((resolve) => {
          socket.once('data', resolve);
        });
        return Promise.race([answered.then(() => 'taken'), closed.then(() => 'closed')]);
      }, PATIENT)
      .toBe('taken');
  });

  it('does not hold up the end of the program, however it behaves', async () => {
    const env = await runtimeFolder();
    const server = await openServer(env, NAME);
    const { path } = server;
    const silent = connect({ path });
    await once(silent, 'connect');
    const half = await rawControl(path);
    half.socket.write(Buffer.concat([PREAMBLE, wireControl({ type: 'bye' }).subarray(0, 20)]));
    silent.on('error', noop);
    const startedMs = performance.now();
    await server.close();
    expect(performance.now() - startedMs).toBeLessThan(5000);
    silent.destroy();
  });
});

function noop(): void {
  // Nothing is expected.
}
