import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEvent } from '../setup/event-line.js';
import { freePorts, portsText } from '../setup/meet-program.js';
import { Meeting } from './meeting.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

/** Names of files in the folder of control sockets. */
async function sockets(): Promise<string[]> {
  return (await readdir(join(meeting.cwd, 'meet'))).sort();
}

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
    const answer = JSON.parse((await meeting.run('status', '--json')).stdout) as unknown;
    expect(answer).toMatchObject({
      participants: [{ name: 'kiosk', streams: [{ kind: 'screen', self: 'on', host: 'off' }] }],
      streams: [{ name: 'kiosk', kind: 'screen', frames: expect.any(Number) as number }],
    });
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

  it('tells a host elsewhere of all rooms and who waits, others of their room', async () => {
    const { ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk');
    const where = ['--ports', portsText(ports)];
    const words = ['--json', '--screen', 'test', '--name', 'bench', '--room', 'lab', ...where];
    await meeting.start(['share', ...words]).event('ready');
    const far = [...where, '--host', '127.0.0.1'];
    const other = await meeting.run('status', ...far);
    expect(other.stdout).toBe('kiosk (1)\n  screen on\n');
    const invite = await meeting.run('invite', '--role', 'host', '--host', '127.0.0.1');
    const asHost = [...far, '--invite', invite.stdout.trim()];
    const lines = (await meeting.run('status', ...asHost)).stdout;
    expect(lines).toMatch(/^kiosk \(1\): main\n {2}screen on {2}[^]*^bench \(2\): lab\n/mu);
    expect(lines).not.toContain('status');
    expect(JSON.parse((await meeting.run('status', '--json', ...asHost)).stdout)).toMatchObject({
      participants: [
        { name: 'kiosk', address: '127.0.0.1' },
        { room: 'lab', origin: 'native' },
      ],
      streams: [{ name: 'kiosk' }, { name: 'bench' }],
      waiting: [],
    });
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

  it('tells of recordings, too', async () => {
    const serve = meeting.start(['serve', '--json', '--record', 'kept', '--ports', '0,0,0']);
    const { ports } = await serve.event('ready');
    const events = meeting.start(['events', '--json', '--follow']);
    await meeting.share(ports, 'kiosk');
    expect(await events.event('recording')).toMatchObject({ state: 'started' });
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
