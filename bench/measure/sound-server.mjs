// @ts-check
/**
 * A PulseAudio server of its own with two null sinks, `mic` and `spk`. Owns its folder, the server and
 * the programs that play into it and listen to it.
 */
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { Program, requireProgram } from './program.mjs';
import { sleep } from './scratch.mjs';

const START_TIMEOUT_MS = 20_000;
const POLL_MS = 20;
export const SAMPLES_PER_SECOND = 48_000;
const PCM = ['--raw', '--format=s16le', `--rate=${SAMPLES_PER_SECOND}`, '--channels=1'];

export class SoundServer {
  /** @type {Program[]} */
  #programs = [];

  /**
   * @param {Readonly<Record<string, string>>} env For whatever is to use this server.
   * @param {Program} server
   */
  constructor(env, server) {
    this.env = env;
    this.server = server;
  }

  /** @param {string} folder */
  static async start(folder) {
    requireProgram('pulseaudio', 'pulseaudio');
    requireProgram('parec', 'pulseaudio-utils');
    const socket = join(folder, 'native');
    const env = {
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      PULSE_SERVER: `unix:${socket}`,
      PULSE_RUNTIME_PATH: join(folder, 'runtime'),
      PULSE_STATE_PATH: join(folder, 'state'),
    };
    const args = [
      ...['-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '--disable-shm=yes'],
      ...['--high-priority=no', '--realtime=no', '--log-target=null'],
      `--load=module-native-protocol-unix socket=${socket} auth-anonymous=1`,
      '--load=module-null-sink sink_name=spk',
      '--load=module-null-sink sink_name=mic',
    ];
    const server = new Program('pulseaudio', args, { env });
    await server.before(answers(socket), 'it answered', START_TIMEOUT_MS);
    return new SoundServer(env, server);
  }

  /**
   * What comes out of a sink.
   *
   * @param {string} sink
   * @param {(chunk: Buffer) => void} onSound
   */
  listen(sink, onSound) {
    const args = [...PCM, '--latency-msec=5', `--device=${sink}.monitor`];
    const program = new Program('parec', args, { env: this.env });
    program.child.stdout?.on('data', onSound);
    this.#programs.push(program);
  }

  /**
   * What goes into a sink: PCM on the standard input of the program that is given back.
   *
   * @param {string} sink
   */
  player(sink) {
    const args = ['--playback', ...PCM, '--latency-msec=20', `--device=${sink}`];
    const program = new Program('pacat', args, { env: this.env, input: true });
    this.#programs.push(program);
    return program;
  }

  async stop() {
    await Promise.all(this.#programs.map((program) => program.stop()));
    await this.server.stop();
  }
}

/** @param {string} path */
async function answers(path) {
  for (;;) {
    const socket = createConnection(path);
    const open = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await sleep(POLL_MS);
  }
}
