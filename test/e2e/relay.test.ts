import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/transport/clock.js';
import { parseEvent } from '../setup/event-line.js';
import { freePorts, portsText } from '../setup/meet-program.js';
import { NativeClient } from '../setup/native-client.js';
import { startOlderClient } from '../setup/older-client.js';
import { needs } from '../setup/programs.js';
import { Meeting } from './meeting.js';

const PATIENT = { timeout: 20_000, interval: 100 };
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

/** Resolves with the number of frames so far when no more come. */
async function still(name: string): Promise<number> {
  const look = async (): Promise<number> => (await meeting.stream(name)).frames;
  await expect.poll(async () => (await look()) - (await look()), PATIENT).toBe(0);
  return look();
}

/** Names of files in the folder of control sockets. */
async function sockets(): Promise<string[]> {
  return (await readdir(join(meeting.cwd, 'meet'))).sort();
}

describe('a share that nobody watches and nothing records', () => {
  it('captures nothing until a viewer comes, and nothing when it has left', async () => {
    const { ports } = await meeting.serve();
    const share = await meeting.share(ports, 'kiosk');
    const before = await still('kiosk');
    const wallUs = (): number => systemClock.wallUs();
    const watcher = await NativeClient.join(
      ports.screen,
      'screen',
      { role: 'subscribe' },
      { wallUs },
    );
    const frames = await watcher.media.several(8);
    expect((await meeting.stream('kiosk')).frames).toBeGreaterThan(before);
    const { width } = await sharp(frames.at(-1)?.payload).metadata();
    expect(width).toBe(1280);
    watcher.sendControl({ type: 'bye', reason: 'enough' });
    await watcher.closed;
    const after = await still('kiosk');
    expect(await still('kiosk')).toBe(after);
    expect(await meeting.stream('kiosk')).toMatchObject({ self: 'on', host: 'on' });
    expect((await share.end('SIGTERM')).exitCode).toBe(143);
  });

  it('captures when the daemon records', async () => {
    const kept = join(meeting.cwd, 'kept');
    const serve = meeting.start([
      'serve',
      '--json',
      '--stats',
      '--ports',
      '0,0,0',
      '--record',
      kept,
    ]);
    const { ports } = await serve.event('ready');
    await meeting.share(ports, 'kiosk');
    await serve.event('stats', ({ streams }) => streams.some(({ frames = 0 }) => frames > 10));
  });
});

describe('meet snapshot', () => {
  it('is a whole JPEG on stdout, of a stream that nobody has watched, and leaves nobody', async () => {
    const { serve, ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk', ['screen', 'video']);
    await still('kiosk');
    const shot = await run(['snapshot', 'kiosk/screen', '-o', '-']);
    expect(shot.exitCode).toBe(0);
    expect(shot.bytes.subarray(0, 2).toString('hex')).toBe('ffd8');
    expect(shot.bytes.subarray(-2).toString('hex')).toBe('ffd9');
    const { data, info } = await sharp(shot.bytes).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 1280, height: 720 });
    expect(new Set(data).size).toBeGreaterThan(50);
    await serve.event('left', ({ name }) => name === 'snapshot');
    await still('kiosk');
  });

  it('goes into a file, by name or number, of the camera where it is asked for', async () => {
    const { ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk', ['video']);
    for (const target of ['kiosk', '1/video']) {
      const path = join(meeting.cwd, `${target.replace('/', '-')}.jpg`);
      const { exitCode, stderr } = await meeting.run('snapshot', target, '-o', path);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(await sharp(await readFile(path)).metadata()).toMatchObject({ width: 1280 });
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  it.each([
    [
      ['snapshot', 'kisok/screen', '--wait', '1'],
      2,
      'there is no participant "kisok" (did you mean "kiosk"?)',
    ],
    [
      ['snapshot', 'kiosk/video', '--wait', '1'],
      1,
      'no picture of kiosk came in 1 s: it shares no video',
    ],
    [['snapshot', 'kiosk/scren'], 2, '(did you mean "screen"?): NAME/screen or NAME/video'],
    [
      ['snapshot', 'kiosk', '-o', '/nowhere/at/all.jpg'],
      73,
      '/nowhere/at/all.jpg cannot be written',
    ],
  ])('says of %j why there is none, and ends with %i', async (args, code, words) => {
    const { ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk');
    const { exitCode, stderr, stdout } = await meeting.run(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
    expect(stderr).toContain(words);
  });

  it('says that the host has stopped the stream', async () => {
    const { ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk');
    await meeting.ctl('stop', 'kiosk');
    const { exitCode, stderr } = await meeting.run('snapshot', 'kiosk', '--wait', '1');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('its screen is stopped by the host');
  });
});

describe('meet status', () => {
  it('tells of this machine and of a daemon elsewhere, for people and for scripts', async () => {
    const { ports } = await meeting.serve();
    expect((await meeting.run('status')).stdout).toBe('nobody is here\n');
    await meeting.share(ports, 'kiosk');
    await meeting.ctl('stop', 'kiosk', 'screen');
    const near = await meeting.run('status');
    expect(near.stdout).toMatch(
      /^kiosk \(1\): main\n {2}screen on, stopped by the host since \d\d:\d\d:\d\d/,
    );
    const where = ['--host', '127.0.0.1', '--ports', portsText(ports)];
    const far = await meeting.run('status', '--json', ...where);
    expect(JSON.parse(far.stdout)).toMatchObject({
      participants: [{ name: 'kiosk', streams: [{ kind: 'screen', host: 'off' }] }],
    });
    // To look made nobody capture anything.
    expect((await meeting.run('status', ...where, '--room', 'lab')).stdout).toBe(
      'nobody is here\n',
    );
  });

  it('says where there is no daemon, and ends with 69', async () => {
    for (const args of [['status'], ['events'], ['chat', 'hello'], ['ctl', 'stop', 'kiosk']]) {
      const { exitCode, stderr } = await meeting.run(...args);
      expect(exitCode, args[0]).toBe(69);
      expect(stderr, args[0]).toContain('start one: meet serve');
    }
    const { screen, video, audio } = await freePorts();
    const where = ['--host', '127.0.0.1', '--ports', portsText({ screen, video, audio })];
    expect((await meeting.run('status', ...where)).exitCode).toBe(69);
  });
});

describe('meet events', () => {
  it('tells what is now and ends, in lines or as JSON', async () => {
    const { ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk');
    const plain = await meeting.run('events');
    expect(plain.exitCode).toBe(0);
    expect(plain.stdout).toContain('kiosk joined main from 127.0.0.1');
    const json = await meeting.run('events', '--json');
    const events = json.stdout.trim().split('\n').map(parseEvent);
    expect(events.map(({ event }) => event)).toEqual(['joined', 'stream']);
  });

  it('follows what happens until the daemon ends, and ends with 69 then', async () => {
    const { serve, ports } = await meeting.serve();
    const events = meeting.start(['events', '--json', '--follow']);
    const share = await meeting.share(ports, 'kiosk');
    await events.event('joined', ({ name }) => name === 'kiosk');
    await meeting.run('chat', 'five', 'minutes\u001b[2J');
    expect(await events.event('chat')).toMatchObject({
      participant: 0,
      name: 'host',
      text: 'five minutes[2J',
    });
    await share.end('SIGINT');
    await events.event('left');
    serve.kill('SIGTERM');
    expect((await events.ended).exitCode).toBe(69);
  });

  it.each(SIGNALS)('follows until %s', async (signal) => {
    const { ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk');
    const events = meeting.start(['events', '--json', '--follow']);
    await events.event('joined');
    expect((await events.end(signal)).exitCode).toBe(signal === 'SIGINT' ? 130 : 143);
  });
});

describe('meet chat', () => {
  it('says something to a daemon elsewhere as a participant, to its room only', async () => {
    const { serve, ports } = await meeting.serve();
    const where = ['--host', '127.0.0.1', '--ports', portsText(ports)];
    const said = await meeting.run('chat', 'hello', ...where, '--name', 'alice', '--room', 'lab');
    expect(said).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await serve.event('chat')).toMatchObject({ name: 'alice', text: 'hello' });
    expect(await serve.event('left')).toMatchObject({ name: 'alice', room: 'lab' });
  });
});

describe('daemons beside each other', () => {
  it('are told apart by their ports, and one that is alone needs no telling', async () => {
    const one = await meeting.serve();
    await meeting.share(one.ports, 'first');
    expect((await meeting.run('status')).stdout).toContain('first (1)');
    const two = await meeting.serve();
    await meeting.share(two.ports, 'second');
    const both = await meeting.run('status');
    expect(both.exitCode).toBe(2);
    expect(both.stderr).toContain('several daemons run here');
    for (const [{ ports }, name] of [
      [one, 'first'],
      [two, 'second'],
    ] as const) {
      const { stdout } = await meeting.run('status', '--ports', portsText(ports));
      expect(stdout).toContain(`${name} (1)`);
      expect(await meeting.ctl('stop', name, '--ports', portsText(ports))).toMatchObject({
        ok: true,
      });
    }
    const other = await meeting.run('ctl', 'stop', 'first', '--ports', portsText(two.ports));
    expect(other.exitCode).toBe(2);
    const nobody = await meeting.run('status', '--ports', portsText(await freePorts()));
    expect(nobody.exitCode).toBe(69);
  });

  it('take the place of one that was killed, and clear its socket away at a clean end', async () => {
    const ports = portsText(await freePorts());
    const first = await meeting.serve(ports);
    await first.serve.end('SIGKILL');
    expect(await sockets()).toEqual([`daemon-${first.ports.screen}.sock`]);
    expect((await meeting.run('status')).exitCode).toBe(69);
    const second = await meeting.serve(ports);
    expect((await meeting.run('status')).stdout).toBe('nobody is here\n');
    const share = await meeting.share(second.ports, 'kiosk');
    expect(await sockets()).toContain(`share-${share.pid}.sock`);
    await share.end('SIGTERM');
    await second.serve.end('SIGTERM');
    expect(await sockets()).toEqual([]);
  });
});

describe.skipIf(needs('python3', 'ffmpeg'))('the older program', () => {
  it('is shown the camera of a share', async () => {
    const { serve, ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk', ['video']);
    const three = [ports.screen, ports.video, ports.audio] as const;
    const client = startOlderClient(three, ['--kinds', 'none', '--silent', '0', '--receive', '3']);
    onTestFinished(() => client.close());
    await client.ended;
    const received = client.lines.filter((line) => line.event === 'received');
    expect(received).toMatchObject(
      Array.from({ length: 3 }, (_, frame) => ({
        frame,
        width: 1280,
        height: 720,
        dtype: 'uint8',
      })),
    );
    expect(new Set(received.map(({ sha256 }) => sha256)).size).toBe(3);
    expect(await serve.event('joined', ({ origin }) => origin === 'older')).toBeDefined();
  });
});

/** A command whose output is bytes. */
async function run(args: string[]): Promise<{ exitCode: number | null; bytes: Buffer }> {
  const bin = join(import.meta.dirname, '../../bin/meet.js');
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: meeting.cwd,
    env: meeting.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  await once(child, 'close');
  return { exitCode: child.exitCode, bytes: Buffer.concat(parts) };
}
