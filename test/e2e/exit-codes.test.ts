import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MeetEnd, MeetProgram } from '../setup/meet-program.js';
import { freePorts, portsText, quietEnv, runMeet, startMeet } from '../setup/meet-program.js';
import { startNativeServer } from '../setup/native-server.js';
import type { Scratch } from './recorded.js';
import { scratch } from './recorded.js';

let folder: Scratch;
let cwd: string;
beforeAll(async () => {
  folder = await scratch();
  cwd = folder.path;
});
afterAll(() => folder[Symbol.asyncDispose]());

const SERVE = ['serve', '--json', '--no-record', '--ports', '0,0,0'];

function shareArgs(ports: string, ...more: string[]): string[] {
  return ['share', '--json', '--screen', 'test', '--ports', ports, ...more];
}

/** The last event must tell the exit code that the process has. */
function expectEnd(program: MeetProgram, end: MeetEnd, exitCode: number): void {
  expect({ exitCode: end.exitCode, signal: end.signal }).toEqual({ exitCode, signal: null });
  expect(program.events.at(-1)).toMatchObject({ event: 'end', exitCode });
}

describe('a daemon', () => {
  it('ends with 0 when --duration is over', async () => {
    await using serve = startMeet([...SERVE, '--duration', '0.5'], { cwd });
    expectEnd(serve, await serve.ended, 0);
    expect(await serve.event('end')).toMatchObject({ reason: 'duration' });
  });

  it.each([
    { program: 'meet', signal: 'SIGINT', exitCode: 130 },
    { program: 'meet', signal: 'SIGTERM', exitCode: 143 },
    { program: 'meetd', signal: 'SIGINT', exitCode: 130 },
    { program: 'meetd', signal: 'SIGTERM', exitCode: 143 },
    { program: 'meetd', signal: 'SIGHUP', exitCode: 143 },
  ] as const)('ends as $program with $exitCode on $signal', async (row) => {
    const args = row.program === 'meet' ? SERVE : SERVE.slice(1);
    await using serve = startMeet(args, { cwd, program: row.program });
    await serve.event('ready');
    expectEnd(serve, await serve.end(row.signal), row.exitCode);
  });

  it('ends with 69 when a port is taken, and names it', async () => {
    await using first = startMeet(SERVE, { cwd });
    const { ports } = await first.event('ready');
    const args = ['serve', '--json', '--no-record', '--ports', portsText(ports)];
    await using second = startMeet(args, { cwd });
    expectEnd(second, await second.ended, 69);
    const { code, message } = await second.event('error');
    expect(code).toBe('MEET_PORT_TAKEN');
    expect(message).toContain(`screen port ${ports.screen} on :: is taken`);
    if (process.platform === 'linux') expect(message).toContain(`by meet (process ${first.pid});`);
  });

  it('ends as it was asked to when the disk was mended before its end', async () => {
    const root = join(cwd, 'mended');
    const args = ['serve', '--json', '--ports', '0,0,0', '--record', root];
    await using serve = startMeet(args, { cwd });
    const { ports } = await serve.event('ready');
    await writeFile(root, 'in the way'); // after the look at the start, before the first frame
    await using share = startMeet(shareArgs(portsText(ports)), { cwd });
    await serve.event('recording', ({ state }) => state === 'stopped');
    await rm(root);
    await serve.event('recording', ({ state }) => state === 'resumed');
    await share.end('SIGTERM');
    expectEnd(serve, await serve.end('SIGTERM'), 143);
  });

  it('ends with 73 at once when it could record nothing where it should', async () => {
    await writeFile(join(cwd, 'file'), '');
    const args = ['serve', '--json', '--ports', '0,0,0', '--record', join(cwd, 'file/kept')];
    await using serve = startMeet(args, { cwd });
    expectEnd(serve, await serve.ended, 73);
    expect(await serve.event('error')).toMatchObject({
      code: 'MEET_DISK_WRITE',
      message: expect.stringContaining('choose another --record') as string,
    });
  });

  it('ends with 73 at once where no folder can be made', async () => {
    const args = ['serve', '--json', '--ports', '0,0,0', '--record', '/proc/kept/here'];
    await using serve = startMeet(args, { cwd });
    expectEnd(serve, await serve.ended, 73);
    expect(await serve.event('error')).toMatchObject({ code: 'MEET_DISK_WRITE' });
  });

  it.each([
    { what: 'a configuration file that is not there', args: ['--config', 'none.toml'] },
    { what: 'a configuration that is a folder', args: ['--config', '/'] },
    { what: 'a bad variable', env: { MEET_PORTS: '1,2' } },
  ])('ends with 78 for $what', async ({ args = [], env = {} }) => {
    const end = await runMeet(['serve', ...args], { cwd, env: quietEnv(env) });
    expect(end).toMatchObject({ exitCode: 78, stdout: '' });
    expect(end.stderr).toMatch(/none\.toml|it is a folder|MEET_PORTS/);
  });

  it('ends cleanly when nobody reads its output any more', async () => {
    await using serve = startMeet([...SERVE, '--stats'], { cwd });
    await serve.event('ready');
    serve.stopReading();
    expect(await serve.ended).toMatchObject({ exitCode: 0, signal: null, stderr: '' });
  });
});

describe('a share', () => {
  let serve: MeetProgram;
  let ports: string;
  beforeAll(async () => {
    serve = startMeet(SERVE, { cwd });
    ports = portsText((await serve.event('ready')).ports);
  });
  afterAll(() => serve[Symbol.asyncDispose]());

  it('ends with 0 when --duration is over, and has shared for so long', async () => {
    await using share = startMeet(shareArgs(ports, '--duration', '1'), { cwd });
    expectEnd(share, await share.ended, 0);
    const ready = await share.event('ready');
    const end = await share.event('end');
    const sharedMs = Date.parse(end.at) - Date.parse(ready.at);
    expect(Math.abs(sharedMs - 1000)).toBeLessThan(700);
    expect(end.streams).toMatchObject([{ kind: 'screen', state: 'on', lost: 0 }]);
  });

  it.each([
    { signal: 'SIGINT', exitCode: 130 },
    { signal: 'SIGTERM', exitCode: 143 },
  ] as const)('ends with $exitCode on $signal', async ({ signal, exitCode }) => {
    await using share = startMeet(shareArgs(ports), { cwd });
    await share.event('ready');
    expectEnd(share, await share.end(signal), exitCode);
  });

  it('ends at once on a second signal', async () => {
    // It records, so that the share's devices run.
    const recording = SERVE.map((word) => (word === '--no-record' ? '--record' : word));
    await using frozen = startMeet(recording, { cwd });
    const own = portsText((await frozen.event('ready')).ports);
    await using share = startMeet(shareArgs(own, '--audio', 'test'), { cwd });
    await share.event('ready');
    // A daemon that takes nothing: now a clean end takes a second, and would give 130.
    frozen.kill('SIGSTOP');
    await share.event('stream', ({ kind }) => kind === 'audio');
    share.kill('SIGINT');
    const { exitCode, stdout } = await share.end('SIGTERM');
    // The system may hand over two pending signals in either order; the later one ends it at once.
    expect([130, 143]).toContain(exitCode);
    expect(stdout).not.toContain('"event":"end"');
  });

  it('ends with 69 when there is no daemon', async () => {
    const away = portsText(await freePorts());
    await using share = startMeet(shareArgs(away), { cwd });
    expectEnd(share, await share.ended, 69);
    expect((await share.event('error')).message).toContain('start it with: meet serve');
  });

  it('ends with 69 after --wait when no daemon came', async () => {
    const away = portsText(await freePorts());
    await using share = startMeet(shareArgs(away, '--wait', '1.5'), { cwd });
    const { at } = await share.event('waiting');
    expectEnd(share, await share.ended, 69);
    const waitedMs = Date.parse((await share.event('end')).at) - Date.parse(at);
    expect(waitedMs).toBeGreaterThan(1300);
    expect(waitedMs).toBeLessThan(8000);
  });

  it('finds a daemon that comes within --wait, and counts nothing of before as lost', async () => {
    const later = portsText(await freePorts());
    const wait = ['--audio', 'test', '--wait', '60', '--duration', '0.5'];
    await using share = startMeet(shareArgs(later, ...wait), { cwd });
    await share.event('waiting');
    await share.event('stream', ({ kind }) => kind === 'audio');
    await using late = startMeet(['serve', '--json', '--no-record', '--ports', later], { cwd });
    await late.event('joined');
    expectEnd(share, await share.ended, 0);
    const { streams = [] } = await share.event('end');
    expect(streams.map(({ kind, lost }) => ({ kind, lost }))).toEqual([
      { kind: 'screen', lost: 0 },
      { kind: 'audio', lost: 0 },
    ]);
  });

  it('ends with 69 when its daemon goes away and --no-reconnect was given', async () => {
    await using leaving = startMeet(SERVE, { cwd });
    const own = portsText((await leaving.event('ready')).ports);
    await using share = startMeet(shareArgs(own, '--no-reconnect'), { cwd });
    await share.event('ready');
    await leaving.end('SIGTERM');
    expectEnd(share, await share.ended, 69);
  });

  it('ends with 77 when it is not let in', async () => {
    const refused = { type: 'refused', code: 'MEET_NOT_ADMITTED', message: 'not today' } as const;
    await using strict = await startNativeServer('screen', {
      onControl: (_, channel) => void channel.end(refused),
    });
    await using share = startMeet(shareArgs(`${strict.port},1,2`), { cwd });
    expectEnd(share, await share.ended, 77);
    expect((await share.event('error')).message).toContain('not today');
  });

  it.each(['HTTP', 'a greeting', 'silence'])('ends with 76 when it meets %s', async (what) => {
    const other = foreignServer(what);
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await using share = startMeet(shareArgs(`${address.port},1,2`), { cwd });
    expectEnd(share, await share.ended, 76);
    other.close();
  });

  it('ends with 76 when the ports are in the wrong order', async () => {
    const [screen = '', video = '', audio = ''] = ports.split(',');
    await using share = startMeet(shareArgs(`${video},${audio},${screen}`), { cwd });
    expectEnd(share, await share.ended, 76);
    const { code, message } = await share.event('error');
    expect(code).toBe('MEET_WRONG_PORT');
    expect(message).toContain(`screen goes to port ${screen}`);
  });
});

/** Something that is no daemon. */
function foreignServer(what: string): Server {
  if (what === 'HTTP') return createHttpServer((_, answer) => answer.end('hello'));
  return createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
    if (what === 'a greeting')
      socket.write('220 mail.example.org ESMTP ready to take your mail\r\n');
  });
}
