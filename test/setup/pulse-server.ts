/**
 * A private PulseAudio server for tests: no card, no D-Bus, nothing of the user's; two null sinks,
 * `mic` (record `mic.monitor`) and `spk`. Owns its folder, the server and the players; ends them all.
 *
 *   await using server = await startPulseServer();
 *   await server.playTone(440);
 *   …record "mic.monitor" with server.env…
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './programs.js';

const START_TIMEOUT_MS = 20_000;
const POLL_MS = 20;

export interface PulseServer extends AsyncDisposable {
  /** process.env with PULSE_SERVER and folders of this server. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly socketPath: string;
  readonly pid: number;
  /**
   * Plays a sine without end into a sink and resolves once it is heard on the sink's monitor. It goes
   * on until `stop` or the server's end.
   */
  playTone(frequencyHz: number, options?: PlayOptions): Promise<Player>;
  /** Plays a sound file once; `ended` tells when. */
  playFile(path: string, sink?: string): Player;
  /** Runs pactl against this server; resolves with what it printed. */
  pactl(...args: string[]): Promise<string>;
  /** Ends the server alone, as if it had crashed; dispose is still due. */
  kill(): Promise<void>;
}

export interface PlayOptions {
  /** Default `mic`. */
  readonly sink?: string;
  /** From 0 to 1, default 0.5. */
  readonly amplitude?: number;
}

export interface Player {
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export async function startPulseServer(): Promise<PulseServer> {
  const folder = await mkdtemp(join(tmpdir(), 'meet-pulse-'));
  const socketPath = join(folder, 'native');
  const env = {
    ...process.env,
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    XDG_CONFIG_HOME: folder,
    PULSE_RUNTIME_PATH: join(folder, 'runtime'),
    PULSE_STATE_PATH: join(folder, 'state'),
    PULSE_SERVER: `unix:${socketPath}`,
  };
  const server = spawn(programPath('pulseaudio'), serverArgs(socketPath), { env, stdio: 'ignore' });
  const owned: ChildProcess[] = [server];
  const dispose = async (): Promise<void> => {
    await Promise.all(owned.map(end));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answers(socketPath, server);
  } catch (thrown) {
    await dispose();
    throw thrown;
  }
  const run = (program: string, args: readonly string[], stdout: 'ignore' | 'pipe') => {
    const child = spawn(programPath(program), args, { env, stdio: ['ignore', stdout, 'ignore'] });
    owned.push(child);
    return child;
  };
  const play = (program: string, args: readonly string[]): Player => {
    const player = run(program, args, 'ignore');
    return { ended: gone(player), stop: () => end(player) };
  };
  return {
    env,
    socketPath,
    pid: server.pid ?? 0,
    async playTone(frequencyHz, { sink = 'mic', amplitude = 0.5 } = {}) {
      const player = play('sox', toneArgs(frequencyHz, amplitude, sink));
      const listener = run(
        'parec',
        ['--raw', '--latency-msec=20', `--device=${sink}.monitor`],
        'pipe',
      );
      await heard(listener);
      await end(listener);
      return player;
    },
    playFile: (path, sink = 'mic') => play('paplay', [`--device=${sink}`, path]),
    pactl: (...args) => outputOf(run('pactl', args, 'pipe')),
    kill: () => end(server),
    [Symbol.asyncDispose]: dispose,
  };
}

/** `-n`: no default.pa, which would look for cards. */
function serverArgs(socketPath: string): string[] {
  return [
    ...['-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '--disable-shm=yes'],
    ...['--high-priority=no', '--realtime=no', '--log-target=null'],
    `--load=module-native-protocol-unix socket=${socketPath} auth-anonymous=1`,
    '--load=module-null-sink sink_name=mic sink_properties=device.description=Mic',
    '--load=module-null-sink sink_name=spk sink_properties=device.description=Speaker',
  ];
}

/** `-D`: no dither, so that the wave is exact. */
function toneArgs(frequencyHz: number, amplitude: number, sink: string): string[] {
  return [
    ...['-q', '-D', '-n', '-r', '48000', '-c', '2', '-b', '16', '-t', 'pulseaudio', sink],
    ...['synth', 'sine', String(frequencyHz), 'vol', String(amplitude)],
  ];
}

/** Resolves when the server takes connections. */
async function answers(socketPath: string, server: ChildProcess): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (!(await connects(socketPath))) {
    if (server.exitCode !== null || server.signalCode !== null) {
      throw new Error(`pulseaudio ended with code ${server.exitCode ?? 'none'}`);
    }
    if (performance.now() > until) throw new Error(`pulseaudio gave no socket at ${socketPath}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function connects(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    socket.once('error', () => {
      resolve(false);
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Resolves with the first sample that is not silent. */
async function heard(listener: ChildProcess): Promise<void> {
  if (listener.stdout === null) throw new Error('the listener has no output');
  for await (const chunk of listener.stdout) {
    if (Buffer.isBuffer(chunk) && chunk.some((byte) => byte !== 0)) return;
  }
  throw new Error('the monitor ended before anything was heard');
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(child, 'close');
  return text;
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function end(child: ChildProcess): Promise<void> {
  const ended = gone(child);
  child.kill('SIGKILL');
  await ended;
}
