/**
 * Control sockets: how a command on the same machine speaks to a running daemon or share, by the same
 * records as over TCP. Owns the socket's rights and the connections; acts on no record.
 *
 * A Unix socket, 0600 in a 0700 folder; a named pipe on Windows.
 */
import { chmodSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Clock } from './clock.js';
import { controlFolder, controlPath, prepareControlFolder } from './control-folder.js';
import type { ControlRecord } from './control.js';
import { MeetError, systemErrorCode } from './errors.js';
import type { Frame } from './frame.js';
import type { Limits } from './limits.js';
import { NativeChannel } from './native-channel.js';
import { PeerSocket } from './peer-socket.js';
import { CONTROL_KIND_NUMBER } from './record-header.js';

type Env = Readonly<Record<string, string | undefined>>;

/** One end of a control connection. */
export interface ControlConnection {
  send(record: ControlRecord): void;
  /** Sends a newest picture as a media record. */
  sendFrame(frame: Frame): void;
  close(): Promise<void>;
  /** Resolves when the other side, or this one, has ended it. */
  readonly ended: Promise<void>;
}

export interface ControlHandlers {
  onControl(connection: ControlConnection, record: ControlRecord): void;
  onMedia?(frame: Frame): void;
}

interface ControlSocketOptions {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly handlers: ControlHandlers;
}

/** Commands that one program serves at a time: a few that follow events, and those of the moment. */
const MOST_CONNECTIONS = 64;

/** Listens for commands of this user. */
export class ControlServer {
  readonly path: string;
  readonly #server: Server;
  readonly #connections = new Set<ControlConnection>();

  /** Rejects with MEET_BIND when another program has the socket, or the folder is not ours alone. */
  static async open(
    name: string,
    env: Env,
    platform: NodeJS.Platform,
    options: ControlSocketOptions,
  ): Promise<ControlServer> {
    const path = controlPath(name, env, platform);
    if (platform !== 'win32') {
      const nowMs = options.clock.wallUs() / 1000;
      await prepareControlFolder(controlFolder(env), path, nowMs);
    }
    const server = new ControlServer(path, options);
    await server.#listen(platform);
    return server;
  }

  private constructor(path: string, options: ControlSocketOptions) {
    this.path = path;
    // No command sends pictures or sound; their room is not to be had for a header.
    const limits = { ...options.limits, 'jpeg-bytes': 0 };
    this.#server = createServer((socket) => {
      const connection = controlConnection(socket, { ...options, limits });
      this.#connections.add(connection);
      void connection.ended.then(() => this.#connections.delete(connection));
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** Idempotent; resolves when all connections are gone. Node removes the socket's file. */
  async close(): Promise<void> {
    if (this.#server.listening) this.#server.close();
    await Promise.all([...this.#connections].map((connection) => connection.close()));
  }

  #listen(platform: NodeJS.Platform): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const words = `cannot listen on ${this.path}: ${cause.message}`;
        reject(new MeetError('MEET_BIND', words, { cause }));
      });
      // Nobody else may connect even in the moment before the file's rights are set.
      const before = platform === 'win32' ? undefined : process.umask(0o177);
      this.#server.listen(this.path, () => {
        if (platform !== 'win32') chmodSync(this.path, 0o600);
        this.#server.removeAllListeners('error');
        this.#server.on('error', () => undefined);
        resolve();
      });
      if (before !== undefined) process.umask(before);
    });
  }
}

/** Connects to a control socket. Rejects with MEET_UNREACHABLE when no program answers there. */
export async function connectControl(
  path: string,
  options: ControlSocketOptions,
): Promise<ControlConnection> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const attempt = connect({ path });
    attempt.once('connect', () => {
      attempt.removeAllListeners('error');
      resolve(attempt);
    });
    attempt.once('error', (cause) => {
      const words = `no program answers at ${path} (${systemErrorCode(cause) ?? cause.message})`;
      reject(new MeetError('MEET_UNREACHABLE', words, { cause }));
    });
  });
  return controlConnection(socket, options);
}

function controlConnection(socket: Socket, options: ControlSocketOptions): ControlConnection {
  const { limits, clock, handlers } = options;
  let settleEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    settleEnded = resolve;
  });
  const channel = new NativeChannel({
    kind: 'screen',
    control: true,
    limits,
    clock,
    handlers: {
      onPreamble: ({ kindNumber }) => {
        if (kindNumber === CONTROL_KIND_NUMBER) return;
        throw new MeetError(
          'MEET_WRONG_PORT',
          `kind ${kindNumber} on a control socket, expected 0`,
        );
      },
      onControl: (record) => {
        handlers.onControl(connection, record);
      },
      onMedia: (frame) => handlers.onMedia?.(frame),
    },
  });
  const peer = new PeerSocket({
    socket,
    unread: false,
    reader: channel.reader,
    limits,
    clock,
    owner: {
      onClose: () => {
        settleEnded();
      },
    },
  });
  const connection: ControlConnection = {
    send: (record) => {
      channel.sendControl(record);
    },
    sendFrame: (frame) => {
      peer.write(frame.record);
    },
    close: () => peer.end(),
    ended,
  };
  channel.attach(peer);
  channel.sendPreamble();
  return connection;
}
