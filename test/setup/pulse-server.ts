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
import { z } from 'zod';
import { programPath } from './programs.js';

const START_TIMEOUT_MS = 20_000;
const POLL_MS = 20;
/** Peak of module-sine's wave at full volume, measured with PulseAudio 16.1. */
const SINE_AMPLITUDE = 0.5;

const SINK_INPUTS = z.array(z.object({ index: z.number(), owner_module: z.string() }));

export interface PulseServer extends AsyncDisposable {
  /** process.env with PULSE_SERVER and folders of this server. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly socketPath: string;
  readonly pid: number;
  /**
   * Plays a sine without end into a sink and resolves once it is heard on the sink's monitor. The
   * server makes it itself, so that it has no holes however busy the machine is.
   */
  playTone(frequencyHz: number, options?: PlayOptions): Promise<Pick<Player, 'stop'>>;
  /** Plays a sound file once; `ended` tells when. */
  playFile(path: string, sink?: string): Player;
  /** Runs pactl against this server; resolves with what it printed. */
  pactl(...args: string[]): Promise<string>;
  /** Ends the server alone, as if it had crashed; dispose is still due. */
  kill(): Promise<void>;
  /** Starts the server again after `kill`, on the same socket. */
  revive(): Promise<void>;
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
  const serve = (): ChildProcess => {
    const child = spawn(programPath('pulseaudio'), serverArgs(socketPath), {
      env,
      stdio: 'ignore',
    });
    owned.push(child);
    return child;
  };
  const owned: ChildProcess[] = [];
  let server = serve();
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
  const pactl = (...args: string[]): Promise<string> => outputOf(run('pactl', args, 'pipe'));
  return {
    env,
    socketPath,
    get pid() {
      return server.pid ?? 0;
    },
    async playTone(frequencyHz, { sink = 'mic', amplitude = SINE_AMPLITUDE } = {}) {
      const module = await loadTone(pactl, frequencyHz, amplitude, sink);
      const listener = run(
        'parec',
        ['--raw', '--latency-msec=20', `--device=${sink}.monitor`],
        'pipe',
      );
      await heard(listener);
      return {
        stop: async () => {
          await end(listener);
          await pactl('unload-module', module);
        },
      };
    },
    playFile: (path, sink = 'mic') => play('paplay', [`--device=${sink}`, path]),
    pactl,
    kill: () => end(server),
    revive: async () => {
      await rm(socketPath, { force: true });
      server = serve();
      await answers(socketPath, server);
    },
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

/** Loads module-sine; resolves with the module's number. */
async function loadTone(
  pactl: PulseServer['pactl'],
  frequencyHz: number,
  amplitude: number,
  sink: string,
): Promise<string> {
  const args = [`sink=${sink}`, `frequency=${frequencyHz}`, 'rate=48000'];
  const module = (await pactl('load-module', 'module-sine', ...args)).trim();
  if (!/^\d+$/.test(module)) throw new Error(`pulseaudio has no module-sine for ${args.join(' ')}`);
  const inputs = SINK_INPUTS.parse(JSON.parse(await pactl('-f', 'json', 'list', 'sink-inputs')));
  const input = inputs.find(({ owner_module }) => owner_module === module);
  if (input === undefined) throw new Error(`module-sine ${module} plays nothing`);
  const volume = (amplitude / SINE_AMPLITUDE).toFixed(4);
  await pactl('set-sink-input-volume', String(input.index), volume);
  return module;
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

/**
 * Resolves with the first sample that is not silent. The listener goes on: while somebody records in
 * steps of 20 ms a null sink runs in such steps, as a card does, instead of its own of 2 s.
 */
function heard(listener: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('exit', () => {
      reject(new Error('the monitor ended before anything was heard'));
    });
    listener.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.some((byte) => byte !== 0)) resolve();
    });
  });
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
