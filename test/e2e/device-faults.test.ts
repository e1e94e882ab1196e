import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProgram } from '../../src/capture/child-program.js';
import type { EventLine } from '../setup/event-line.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { bareEnv, portsText, quietEnv, runMeet, startMeet } from '../setup/meet-program.js';
import { needs, programPath } from '../setup/programs.js';
import { startPulseServer } from '../setup/pulse-server.js';
import { startXDisplay } from '../setup/x-display.js';
import type { Scratch } from './recorded.js';
import { eventually, framesOf, readOnlyStay, scratch } from './recorded.js';

const RESUMES_WITHIN_MS = 5000;

let folder: Scratch;
beforeEach(async () => {
  folder = await scratch();
});
afterEach(() => folder[Symbol.asyncDispose]());

function startServe(): MeetProgram {
  const record = ['--record', join(folder.path, 'kept'), '--format', 'frames'];
  return startMeet(['serve', '--json', '--stats', '--ports', '0,0,0', ...record], {
    cwd: folder.path,
  });
}

/** Process ids of a process's children whose program has that name, from /proc. */
async function childrenOf(pid: number, name: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    // "pid (comm) state ppid …" (proc(5)); a process may be gone by now.
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const [, comm, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? [];
    if (comm === name && Number(parent) === pid) found.push(Number(entry));
  }
  return found;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const isScreen = ({ kind }: { kind: string }): boolean => kind === 'screen';
const isAudio = ({ kind }: { kind: string }): boolean => kind === 'audio';

function countOf(stats: EventLine<'stats'>, kind: string): number {
  return stats.streams.find((row) => row.kind === kind)?.frames ?? 0;
}

describe.skipIf(needs('xvfb', 'xterm', 'xclock', 'imagemagick', 'ffmpeg'))('the screen', () => {
  it('comes back after its ffmpeg died, while the sound goes on', async () => {
    await using display = await startXDisplay({ width: 320, height: 240 });
    await display.start('xclock', ['-update', '1', '-geometry', '200x200']);
    await using serve = startServe();
    const { ports } = await serve.event('ready');
    const sources = ['--screen', display.name, '--audio', 'test'];
    await using share = startMeet(
      ['share', '--json', '--stats', '--ports', portsText(ports), ...sources],
      { cwd: folder.path, env: quietEnv() },
    );
    await share.event('ready');
    const [ffmpeg, ...others] = await childrenOf(share.pid, 'ffmpeg');
    if (ffmpeg === undefined) throw new Error('the share runs no ffmpeg');
    expect(others).toEqual([]);
    process.kill(ffmpeg, 'SIGKILL');

    const error = await share.event('error', ({ kind }) => kind === 'screen');
    expect(error.code).toBe('MEET_DEVICE_LOST');
    const stalled = await share.event(
      'stream',
      (event) => isScreen(event) && event.state === 'stalled',
    );
    await serve.event('stream', (event) => isScreen(event) && event.state === 'stalled');
    const back = await share.event(
      'stream',
      (event) => isScreen(event) && event.state === 'on' && event.at > stalled.at,
    );
    expect(Date.parse(back.at) - Date.parse(stalled.at)).toBeLessThan(RESUMES_WITHIN_MS);
    const before = await serve.event('stats', ({ at }) => at > back.at);
    const after = await serve.event(
      'stats',
      (stats) => countOf(stats, 'screen') > countOf(before, 'screen'),
    );
    expect(countOf(after, 'audio')).toBeGreaterThan(0);
    expect(share.events.filter((event) => event.event === 'stream').filter(isAudio)).toHaveLength(
      1,
    );
    const [second = 0] = await childrenOf(share.pid, 'ffmpeg');
    expect(isRunning(second)).toBe(true);
    expect((await share.end('SIGTERM')).exitCode).toBe(143);
    expect(isRunning(second)).toBe(false);
  });

  it('is not sent again while it is still, but confirmed once a second', async () => {
    await using display = await startXDisplay();
    await display.startStaticPrograms();
    await using serve = startServe();
    const { ports } = await serve.event('ready');
    const args = ['share', '--json', '--stats', '--ports', portsText(ports)];
    await using share = startMeet([...args, '--screen', display.name], { cwd: folder.path });
    await share.event('ready');
    const still = await serve.event('stats', ({ streams }) =>
      streams.some(({ unchanged = 0 }) => unchanged >= 3),
    );
    const [row] = still.streams;
    expect((row?.frames ?? 0) - (row?.unchanged ?? 0)).toBe(1);
    await display.start('xterm', ['-geometry', '40x10+700+450', '-e', 'sleep', '600']);
    await serve.event('stats', ({ streams }) =>
      streams.some(({ frames = 0, unchanged = 0 }) => frames - unchanged >= 2),
    );
    await share.end('SIGTERM');
    await serve.end('SIGTERM');
    const recorded = await readOnlyStay(join(folder.path, 'kept'));
    const told = recorded.lines.filter((line) => line.type === 'unchanged');
    const gapsMs = told
      .slice(1)
      .map((line, at) => (line.receivedAtUs - (told[at]?.receivedAtUs ?? 0)) / 1000);
    expect(Math.min(...gapsMs.slice(0, 2))).toBeGreaterThan(700);
    const sizes = framesOf(recorded, 'screen').map(({ sizeBytes }) => sizeBytes);
    expect(new Set(sizes).size).toBeGreaterThan(1);
  });
});

describe.skipIf(needs('pulseaudio', 'sox'))('the microphone', () => {
  it('comes back with its sound server, while the screen goes on', async () => {
    await using pulse = await startPulseServer();
    await pulse.playTone(440);
    await using serve = startServe();
    const { ports } = await serve.event('ready');
    const sources = ['--screen', 'test', '--audio', 'mic.monitor'];
    await using share = startMeet(['share', '--json', '--ports', portsText(ports), ...sources], {
      cwd: folder.path,
      env: quietEnv({ PULSE_SERVER: pulse.env['PULSE_SERVER'] }),
    });
    await share.event('ready');
    await share.event('stream', isAudio);
    await pulse.kill();
    const stalled = await share.event(
      'stream',
      (event) => isAudio(event) && event.state === 'stalled',
    );
    expect((await share.event('error', ({ kind }) => kind === 'audio')).code).toMatch(
      /^MEET_DEVICE_/,
    );
    const during = await serve.event('stats', ({ at }) => at > stalled.at);
    await serve.event('stats', (stats) => countOf(stats, 'screen') > countOf(during, 'screen'));

    const again = await startProgram({
      program: programPath('pulseaudio'),
      args: [
        ...[
          '-n',
          '--daemonize=no',
          '--use-pid-file=no',
          '--exit-idle-time=-1',
          '--disable-shm=yes',
        ],
        ...['--high-priority=no', '--realtime=no', '--log-target=null'],
        `--load=module-native-protocol-unix socket=${pulse.socketPath} auth-anonymous=1`,
        '--load=module-null-sink sink_name=mic',
      ],
      env: pulse.env,
    });
    try {
      await eventually('the sound server', async () =>
        (await pulse.pactl('list', 'short', 'sources')).includes('mic.monitor') ? true : undefined,
      );
      const answersMs = Date.now();
      const back = await share.event(
        'stream',
        (event) => isAudio(event) && event.state === 'on' && event.at > stalled.at,
      );
      expect(Date.parse(back.at) - answersMs).toBeLessThan(RESUMES_WITHIN_MS);
      await serve.event(
        'stream',
        (event) => isAudio(event) && event.state === 'on' && event.at > stalled.at,
      );
      const streams = share.events.filter((event) => event.event === 'stream');
      expect(streams.filter(isScreen)).toHaveLength(1);
      expect((await share.end('SIGTERM')).exitCode).toBe(143);
    } finally {
      await again.close();
    }
  });
});

describe('a machine without devices', () => {
  it('says for each kind what mends it, and ends with 1', async () => {
    const end = await runMeet(['share', '--screen', '--video', '--audio'], await bare());
    expect(end).toMatchObject({ exitCode: 1, signal: null, stdout: '' });
    const lines = end.stderr.trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^screen: .*(DISPLAY|install).*\(MEET_[A-Z_]+\)$/);
    expect(lines[1]).toMatch(/^video: .*(plug one in|install).*\(MEET_[A-Z_]+\)$/);
    expect(lines[2]).toMatch(/^audio: .*install.*\(MEET_[A-Z_]+\)$/);
    expect(lines[3]).toMatch(/--screen test --video test --audio test \(MEET_NOTHING_TO_SHARE\)$/);
  });

  it('shares what it can when something cannot be opened', async () => {
    const { cwd, env } = await bare();
    await using serve = startServe();
    const { ports } = await serve.event('ready');
    const sources = ['--screen', '--video', '--audio', 'test', '--duration', '1'];
    await using share = startMeet(['share', '--json', '--ports', portsText(ports), ...sources], {
      cwd,
      env,
    });
    expect((await share.ended).exitCode).toBe(0);
    const failed = share.events.filter((event) => event.event === 'error');
    expect(failed.map(({ kind }) => kind)).toEqual(['screen', 'video']);
    await serve.event('left');
  });

  it('never loads the speaker library, which aborts a process without a sound card', async () => {
    const { cwd, env } = await bare();
    const trap = join(cwd, 'trap.cjs');
    await writeFile(trap, TRAP);
    const trapped = { cwd, env: { ...env, NODE_OPTIONS: `--require ${trap}` } };
    const runs = [
      ['share', '--screen', '--video', '--audio'],
      ['serve', '--ports', '0,0,0', '--duration', '0.1'],
      ['demo', '--duration', '0.5'],
      ['devices'],
      ['doctor'],
    ].map((args) => runMeet(args, trapped));
    for (const { stderr, signal } of await Promise.all(runs)) {
      expect(stderr).toContain('the trap is set');
      expect(stderr).not.toContain('speaker was asked for');
      expect(signal).toBeNull();
    }
  });
});

describe('a device that does not answer', () => {
  it('is not told of by a share that ends meanwhile', async () => {
    const { cwd, env } = await bare();
    const silent = '#!/bin/sh\nexec /bin/sleep 600\n';
    await writeFile(join(cwd, 'bin', 'ffmpeg'), silent, { mode: 0o755 });
    await using serve = startServe();
    const { ports } = await serve.event('ready');
    const screen = ['--screen', ':77', '--screen-backend', 'ffmpeg'];
    const args = ['share', '--ports', portsText(ports), ...screen, '--audio', 'test'];
    const end = await runMeet([...args, '--duration', '0.5'], { cwd, env });
    expect(end).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

/** Tells of each attempt to load `speaker`, by itself or from within its folder. */
const TRAP = `
const Module = require('node:module');
const load = Module._load;
process.stderr.write('the trap is set\\n');
Module._load = function (request, parent, ...rest) {
  if (request === 'speaker' || /node_modules.speaker/.test(String(parent?.filename))) {
    process.stderr.write('speaker was asked for\\n');
  }
  return load.call(this, request, parent, ...rest);
};
`;

async function bare(): Promise<{ cwd: string; env: Record<string, string | undefined> }> {
  return { cwd: folder.path, env: await bareEnv(folder.path) };
}
