import { describe, expect, it, onTestFinished } from 'vitest';
import type { MeetProgram } from '../setup/meet-program.js';
import { startMeet } from '../setup/meet-program.js';
import type { OlderClient } from '../setup/older-client.js';
import { startOlderClient } from '../setup/older-client.js';
import { useOtherMachine } from '../setup/other-machine.js';
import { needs } from '../setup/programs.js';
import type { GuardedHost } from './guarded-host.js';
import { startHost } from './guarded-host.js';

const LOCAL_PORTS = [16_051, 16_099, 16_052] as const;

describe.skipIf(needs('ip', 'python3', 'ffmpeg'))('a bridge on another machine', () => {
  const { here, there, within } = useOtherMachine();

  function bridged(host: GuardedHost): MeetProgram {
    const words = ['bridge', '--host', here, '--ports', host.ports, '--name', 'old lab', '--json'];
    const bridge = startMeet([...words, '--local-ports', LOCAL_PORTS.join(',')], {
      ...{ cwd: host.cwd, env: host.guestEnv, within },
    });
    onTestFinished(() => bridge[Symbol.asyncDispose]());
    return bridge;
  }

  function olderClient(...options: string[]): ReturnType<typeof startOlderClient> {
    const client = startOlderClient(LOCAL_PORTS, ['--fps', '5', ...options], within);
    onTestFinished(() => client.close());
    return client;
  }

  it('takes an older client of its machine, and carries it onward encrypted', async () => {
    const host = await startHost(['--open']);
    await bridged(host).event('ready');
    olderClient('--frames', '100');
    const joined = await host.serve.event('joined', ({ name }) => name === 'old lab');
    expect(joined).toMatchObject({ origin: 'native', plaintext: false, address: there });
    for (const kind of ['screen', 'video', 'audio'] as const) {
      await host.serve.event('stream', (event) => event.kind === kind && event.state === 'on');
    }
  });

  it('carries the other streams on when the host sends one away', async () => {
    const host = await startHost(['--open']);
    const bridge = bridged(host);
    await bridge.event('ready');
    olderClient('--frames', '200');
    for (const kind of ['screen', 'video', 'audio'] as const) {
      await host.serve.event('stream', (event) => event.kind === kind && event.state === 'on');
    }
    await host.command('ctl', 'kick', 'old lab', 'screen');
    await bridge.event('stream', ({ kind, by }) => kind === 'screen' && by === 'host');
    const status = await host.command('status', '--json');
    const kinds = new Set([...status.matchAll(/"kind":\s*"(\w+)"/gu)].map(([, kind]) => kind));
    expect(kinds).toEqual(new Set(['audio', 'video']));
    expect(bridge.events.filter(({ event }) => event === 'end')).toEqual([]);
  });

  /** Whether the older client still sends, and only the first one is here at the daemon. */
  async function expectOnlyFirst(host: GuardedHost, first: OlderClient): Promise<void> {
    const from = first.lines.length;
    const sends = (): boolean => first.lines.slice(from).some(({ event }) => event === 'sent');
    await expect.poll(sends, { timeout: 20_000 }).toBe(true);
    const status = await host.command('status');
    expect(status).toContain('old lab (');
    expect(status).not.toContain('old lab-2');
  }

  it('carries the other clients on when the host sends one away', async () => {
    const host = await startHost(['--open']);
    const bridge = bridged(host);
    await bridge.event('ready');
    const first = olderClient('--frames', '400');
    await host.serve.event('joined', ({ name }) => name === 'old lab');
    const second = olderClient('--frames', '400');
    await host.serve.event('stream', ({ name, state }) => name === 'old lab-2' && state === 'on');
    await host.command('ctl', 'kick', 'old lab-2');
    await second.next('closed');
    await expectOnlyFirst(host, first);
    expect(bridge.events.filter(({ event }) => event === 'end')).toEqual([]);
  });

  it('carries the other clients on when the daemon has no room for one more', async () => {
    // Of the video port the bridge itself takes one, to see, and its first client another.
    const host = await startHost(['--open', '--limit', 'connections-per-address=2']);
    const bridge = bridged(host);
    await bridge.event('ready');
    const first = olderClient('--frames', '400');
    await host.serve.event('stream', ({ kind, state }) => kind === 'video' && state === 'on');
    const second = olderClient('--frames', '400');
    await bridge.event('error', ({ code }) => code === 'MEET_TOO_MANY_CONNECTIONS');
    await second.next('closed');
    await expectOnlyFirst(host, first);
    expect(bridge.events.filter(({ event }) => event === 'end')).toEqual([]);
  });

  it('shows the older client the camera of somebody in the meeting', async () => {
    const host = await startHost(['--open']);
    const camera = ['share', '--video', 'test', '--size', '320x180', '--name', 'teacher'];
    const teacher = startMeet([...camera, '--json', '--ports', host.ports], {
      ...{ cwd: host.cwd, env: host.guestEnv },
    });
    onTestFinished(() => teacher[Symbol.asyncDispose]());
    await teacher.event('ready');
    await bridged(host).event('ready');
    const client = olderClient('--frames', '10', '--receive', '3');
    expect(await client.next('received')).toMatchObject({
      ...{ width: 320, height: 180, dtype: 'uint8' },
    });
    await client.ended;
  });

  it('waits as one participant until the host lets it in', async () => {
    const host = await startHost();
    const bridge = bridged(host);
    const { fingerprint } = await bridge.event('waiting');
    expect(await host.command('ctl', 'waiting')).toContain(String(fingerprint));
    await host.command('ctl', 'admit', String(fingerprint));
    await bridge.event('ready');
    olderClient('--frames', '50');
    const joined = await host.serve.event('joined', ({ name }) => name === 'old lab');
    expect(joined).toMatchObject({ plaintext: false });
  });
});
