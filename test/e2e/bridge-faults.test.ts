/** A bridge whose invite, network or older clients fail it, on one machine and over TLS. */
import { readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FaultProxy } from '../setup/fault-proxy.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { freePorts, startMeet } from '../setup/meet-program.js';
import type { OlderClient } from '../setup/older-client.js';
import { startOlderClient } from '../setup/older-client.js';
import { needs } from '../setup/programs.js';
import type { GuardedHost } from './guarded-host.js';
import { startHost } from './guarded-host.js';
import { scratch } from './recorded.js';

const MB = 1_000_000;
const WAIT = { timeout: 20_000 };

interface Bridged {
  readonly bridge: MeetProgram;
  readonly older: (...options: string[]) => OlderClient;
}

/** `ports`: the daemon's, or those of proxies before it. */
async function bridged(host: GuardedHost, ports: string, ...more: string[]): Promise<Bridged> {
  const { screen, video, audio } = await freePorts();
  const local = [screen, video, audio] as const;
  const where = more.includes('--invite') ? [] : ['--host', '127.0.0.1', '--ports', ports];
  const words = ['bridge', ...where, '--tls', 'required', '--name', 'old lab', '--json', ...more];
  const bridge = startMeet([...words, '--local-ports', local.join(',')], {
    ...{ cwd: host.cwd, env: host.guestEnv },
  });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  await bridge.event('ready');
  const older = (...options: string[]): OlderClient => {
    const client = startOlderClient(local, ['--fps', '5', ...options]);
    onTestFinished(() => client.close());
    return client;
  };
  return { bridge, older };
}

async function camera(host: GuardedHost): Promise<void> {
  const words = ['share', '--video', 'test', '--size', '640x360', '--name', 'teacher', '--json'];
  const teacher = startMeet([...words, '--tls', 'required', '--ports', host.ports], {
    ...{ cwd: host.cwd, env: host.guestEnv },
  });
  onTestFinished(() => teacher[Symbol.asyncDispose]());
  await teacher.event('ready');
}

function received({ lines }: OlderClient): number {
  return lines.filter(({ event }) => event === 'received').length;
}

async function rssBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/mu.exec(status)?.[1]) * 1024;
}

describe('a bridge to a daemon that is not there', () => {
  it('tells its outage once, and not with each attempt', async () => {
    const [{ path: cwd }, { screen, video, audio }, local] = [
      await scratch(),
      await freePorts(),
      await freePorts(),
    ];
    onTestFinished(() => rm(cwd, { recursive: true, force: true }));
    const ports = ['--ports', `${screen},${video},${audio}`];
    const own = ['--local-ports', `${local.screen},${local.video},${local.audio}`];
    const { exitCode, stdout, stderr } = await startMeet(
      ['bridge', '--host', '127.0.0.1', ...ports, ...own, '--wait', '2'],
      { cwd },
    ).ended;
    expect(exitCode).toBe(69);
    expect(stdout.match(/trying until it answers/g)?.length).toBe(1);
    expect(stderr).toContain('MEET_UNREACHABLE');
  });
});

describe.skipIf(needs('python3', 'ffmpeg'))('a bridge', () => {
  it('ends, and shows its older clients out, when the invite that it came by is revoked', async () => {
    const host = await startHost(['--tls', 'required']);
    const file = join(host.cwd, 'bridge-invite');
    await writeFile(file, await host.command('invite', '--host', '127.0.0.1'), { mode: 0o600 });
    const { bridge, older } = await bridged(host, host.ports, '--invite', file);
    const client = older('--frames', '400');
    await host.serve.event('stream', ({ name, state }) => name === 'old lab' && state === 'on');
    const [id = ''] = /^[\w-]+/u.exec(await host.command('invite', 'ls')) ?? [];
    await host.command('invite', 'revoke', id);
    const { exitCode, stderr } = await bridge.ended;
    expect([exitCode, stderr]).toEqual([77, expect.stringContaining('MEET_INVITE_REVOKED')]);
    await client.next('closed');
    expect(await host.command('status')).not.toContain('old lab');
  });

  it('shows others the camera while an older client that sees it has stopped, and keeps little for it', async () => {
    const host = await startHost(['--tls', 'required']);
    await camera(host);
    const { bridge, older } = await bridged(host, host.ports);
    const frozen = older('--frames', '2', '--receive', '100000');
    const other = older('--frames', '2', '--receive', '100000');
    await expect.poll(() => received(frozen), WAIT).toBeGreaterThan(2);
    await expect.poll(() => received(other), WAIT).toBeGreaterThan(2);
    frozen.freeze();
    const beforeBytes = await rssBytes(bridge.pid);
    // 691 kB each: many times what the kernel holds for the one that reads nothing.
    const from = received(other);
    await expect.poll(() => received(other), WAIT).toBeGreaterThan(from + 60);
    expect((await rssBytes(bridge.pid)) - beforeBytes).toBeLessThan(64 * MB);
    expect(bridge.events.filter(({ event }) => event === 'end')).toEqual([]);
  });

  it('carries on over a network that is slow, slices, and resets what goes through it', async () => {
    const host = await startHost(['--tls', 'required', '--open']);
    await camera(host);
    const proxies: FaultProxy[] = [];
    for (const number of host.numbers) proxies.push(await FaultProxy.listen(number));
    const ports = proxies.map(({ port }) => port).join(',');
    const { bridge, older } = await bridged(host, ports);
    // The threads that pictures are encoded in start with the first one, and stay.
    await older('--frames', '2').ended;
    await bridge.event('left');
    const before = descriptors(bridge.pid);
    for (const { faults } of proxies) {
      for (const lane of ['up', 'down'] as const) {
        faults[lane] = { latencyMs: 20, jitterMs: 10, sliceBytes: 700 };
      }
    }
    const client = older('--frames', '400', '--chunks', '3000');
    await client.next('sent');
    await expect.poll(async () => (await carried(host)).size, WAIT).toBe(3);
    const watching = older('--frames', '2', '--receive', '100000');
    await expect.poll(() => received(watching), WAIT).toBeGreaterThan(2);
    for (const { faults } of proxies) Object.assign(faults, { up: {}, down: {} });
    for (let round = 0; round < 3; round += 1) {
      const [frames, pictures] = [await carried(host), received(watching)];
      for (const proxy of proxies) proxy.resetAll();
      // Both ways, and all three kinds, go on by themselves.
      const onward = { ...WAIT, interval: 500 };
      await expect.poll(async () => moreOfAll(frames, await carried(host)), onward).toBe(true);
      await expect.poll(() => received(watching), WAIT).toBeGreaterThan(pictures);
    }
    expect(client.lines.filter(({ event }) => event === 'closed')).toEqual([]);
    expect(bridge.events.filter(({ event }) => event === 'end')).toEqual([]);
    await Promise.all([client.close(), watching.close()]);
    await expect.poll(() => descriptors(bridge.pid), WAIT).toBe(before);
    const frames = await carried(host);
    await bridge.end('SIGTERM');
    const { streams = [] } = await bridge.event('end');
    expect(streams.map(({ kind }) => kind)).toEqual(['screen', 'video', 'audio']);
    for (const row of streams) expect(row.frames).toBeGreaterThanOrEqual(frames.get(row.kind) ?? 0);
  });
});

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Frames that the daemon has got from the older client that sends, by kind. */
async function carried(host: GuardedHost): Promise<Map<string, number>> {
  const status: unknown = JSON.parse(await host.command('status', '--json'));
  const rows = /"name":"old lab","room":"main","kind":"(\w+)".*?"frames":(\d+)/gu;
  const found = JSON.stringify(status).matchAll(rows);
  return new Map([...found].map(([, kind = '', frames]) => [kind, Number(frames)]));
}

function moreOfAll(before: Map<string, number>, after: Map<string, number>): boolean {
  return ['screen', 'video', 'audio'].every(
    (kind) => (after.get(kind) ?? 0) > (before.get(kind) ?? 0),
  );
}
