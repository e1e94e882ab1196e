/**
 * Control sockets: how a command on the same machine speaks to a running daemon or share, by the same
 * records as over TCP. Owns the socket's file and its rights, and the connections; acts on no record.
 *
 * A Unix socket, 0600 in a 0700 folder; a named pipe on Windows.
 */
import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import type { Clock } from './clock.js';
import type { ControlRecord } from './control.js';
import { MeetError, systemErrorCode } from './errors.js';
import type { Frame } from './frame.js';
import type { Limits } from './limits.js';
import { NativeChannel } from './native-channel.js';
import { PeerSocket } from './peer-socket.js';
import { makePrivateFolder } from './private-folder.js';
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

/** Folder of this user's control sockets. */
export function controlFolder(env: Env): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && runtime !== '') return join(runtime, 'meet');
  return join(tmpdir(), `meet-${userInfo().uid}`);
}

/** `name` is `daemon-PORT` or `share-PID`. */
export function controlPath(name: string, env: Env, platform: NodeJS.Platform): string {
  if (platform === 'win32') return `\\\\.\\pipe\\meet-${userInfo().username}-${name}`;
  return join(controlFolder(env), `${name}.sock`);
}

/**
 * Names of the sockets that lie in the folder, those of ended programs among them. None where others
 * may write to the folder: what answers there need not be a program of this user.
 */
export function controlNames(env: Env, platform: NodeJS.Platform): string[] {
  try {
    if (platform !== 'win32' && !isOwnFolder(controlFolder(env))) return [];
    const folder = platform === 'win32' ? '\\\\.\\pipe\\' : controlFolder(env);
    const prefix = platform === 'win32' ? `meet-${userInfo().username}-` : '';
    return readdirSync(folder)
      .filter((file) => file.startsWith(prefix))
      .map((file) => file.slice(prefix.length).replace(/\.sock$/, ''))
      .filter((name) => /^(?:daemon|share)-\d+$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

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
    if (platform !== 'win32') await prepareFolder(controlFolder(env), path);
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

/** Makes the folder, refuses one that others could write to, and removes a dead program's socket. */
async function prepareFolder(folder: string, path: string): Promise<void> {
  try {
    makePrivateFolder(folder);
  } catch (cause) {
    const why = systemErrorCode(cause) ?? String(cause);
    throw new MeetError('MEET_BIND', `cannot make the folder ${folder} (${why})`, { cause });
  }
  if (!isOwnFolder(folder)) {
    throw new MeetError(
      'MEET_BIND',
      `${folder} must be a folder of this user's alone; remove it, or: chmod 700 ${folder}`,
    );
  }
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !there.isSocket()) {
    throw new MeetError('MEET_BIND', `${path} is no socket of ours; move it away`);
  }
  if (!(await answers(path))) rmSync(path, { force: true });
  await removeLeftShares(folder);
}

/** Sockets of shares that were killed: each has a name of its own, so nobody else takes its place. */
async function removeLeftShares(folder: string): Promise<void> {
  for (const file of readdirSync(folder)) {
    const pid = /^share-(\d+)\.sock$/.exec(file)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const path = join(folder, file);
    // A program in another container may have the number: it answers.
    if (!(await answers(path))) rmSync(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return systemErrorCode(thrown) !== 'ESRCH';
  }
}

/** A real folder, no link to one; this user's, and nobody else may even look into it. */
function isOwnFolder(folder: string): boolean {
  const stats = lstatSync(folder);
  return stats.isDirectory() && stats.uid === userInfo().uid && (stats.mode & 0o077) === 0;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = connect({ path });
    attempt.once('connect', () => {
      attempt.destroy();
      resolve(true);
    });
    attempt.once('error', () => {
      resolve(false);
    });
  });
}
