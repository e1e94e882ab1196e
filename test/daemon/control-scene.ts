/**
 * A control socket in a folder of the test's own, and clients of it. Owns both, which end with the test.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { DaemonControl } from '../../src/daemon/daemon-control.js';
import type { Clock } from '../../src/transport/clock.js';
import { systemClock } from '../../src/transport/clock.js';
import type { Done } from '../../src/transport/command-records.js';
import type { ControlRecord } from '../../src/transport/control.js';
import type { ControlConnection, ControlHandlers } from '../../src/transport/control-socket.js';
import { controlPath } from '../../src/transport/control-folder.js';
import { ControlServer, connectControl } from '../../src/transport/control-socket.js';
import type { Frame } from '../../src/transport/frame.js';
import { limitsWith } from '../../src/transport/limits.js';
import { Journal } from '../setup/journal.js';
import type { RunningDaemon } from '../setup/running-daemon.js';

export const PLATFORM = 'linux';
/** As `meet` reads answers. */
const ANSWER_BYTES = 4 * 1024 * 1024;

export type ControlEnv = Readonly<{ XDG_RUNTIME_DIR: string }>;

/** A runtime folder that is removed with the test. Its path is short: a socket's has 107 bytes. */
export async function runtimeFolder(): Promise<ControlEnv> {
  const folder = await mkdtemp(join(tmpdir(), 'mc-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return { XDG_RUNTIME_DIR: folder };
}

/** Listens as a program of that name; ignores what comes where nothing else is said. */
export async function openServer(
  env: ControlEnv,
  name: string,
  onControl: ControlHandlers['onControl'] = () => undefined,
  clock: Clock = systemClock,
): Promise<ControlServer> {
  const server = await ControlServer.open(name, env, PLATFORM, {
    limits: limitsWith(),
    clock,
    handlers: { onControl },
  });
  onTestFinished(() => server.close());
  return server;
}

/** The control socket of a daemon, as `meet serve` opens it. Resolves with its name. */
export async function openDaemonSocket(env: ControlEnv, running: RunningDaemon): Promise<string> {
  const { daemon } = running;
  const at = '2026-11-23T12:00:00.000Z';
  const control = new DaemonControl(daemon, (event) => ({ ...event, at }));
  const name = `daemon-${daemon.ports.screen}`;
  await openServer(env, name, (connection, record) => {
    control.onControl(connection, record);
  });
  return name;
}

/** One command's connection. */
export class ControlPeer {
  readonly records = new Journal<ControlRecord>();
  readonly frames = new Journal<Frame>();
  readonly connection: ControlConnection;
  #nextId = 0;

  static async open(env: ControlEnv, name: string): Promise<ControlPeer> {
    const heard: { peer?: ControlPeer } = {};
    const connection = await connectControl(controlPath(name, env, PLATFORM), {
      limits: limitsWith({ 'control-bytes': ANSWER_BYTES }),
      clock: systemClock,
      handlers: {
        onControl: (_, record) => {
          heard.peer?.records.push(record);
        },
        onMedia: (frame) => {
          heard.peer?.frames.push(frame);
        },
      },
    });
    const peer = new ControlPeer(connection);
    heard.peer = peer;
    onTestFinished(() => connection.close());
    return peer;
  }

  private constructor(connection: ControlConnection) {
    this.connection = connection;
    void connection.ended.then(() => {
      this.records.end('the program closed the connection');
    });
  }

  /** Asks, and resolves with the answer to this very question. */
  async ask(request: { type: 'toggle' | 'query' } & Record<string, unknown>): Promise<Done> {
    this.#nextId += 1;
    const id = this.#nextId;
    this.connection.send({ ...request, id } as ControlRecord);
    const done = await this.records.first((record) => record.type === 'done' && record.id === id);
    if (done.type !== 'done') throw new Error('not an answer');
    return done;
  }
}

/** A bare connection to a control socket, for what no decent command writes. */
export async function rawControl(
  path: string,
): Promise<{ socket: Socket; closed: Promise<Buffer> }> {
  const socket = connect({ path });
  let received = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  const closed = new Promise<Buffer>((resolve) => {
    socket.once('close', () => {
      resolve(received);
    });
  });
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  return { socket, closed };
}
