/**
 * How a command speaks to a program that runs on this machine: finds its control socket, asks and
 * waits for the answer. Owns one connection a call; shows nothing.
 */
import { controlNames, controlPath } from '../transport/control-folder.js';
import type { ControlConnection } from '../transport/control-socket.js';
import { connectControl } from '../transport/control-socket.js';
import type { Done } from '../transport/command-records.js';
import type { ControlRecord } from '../transport/control.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import type { Frame } from '../transport/frame.js';
import { limitsWith } from '../transport/limits.js';
import { DEFAULT_PORTS } from '../transport/stream-kind.js';
import type { Data } from './answer.js';
import { dataOf } from './answer.js';
import type { Io } from './io.js';

/** A request without its id. */
export type Request =
  | Omit<Extract<ControlRecord, { type: 'query' }>, 'id'>
  | Omit<Extract<ControlRecord, { type: 'toggle' }>, 'id'>
  | Omit<Extract<ControlRecord, { type: 'admission' }>, 'id'>
  | Omit<Extract<ControlRecord, { type: 'invite' }>, 'id'>;

export interface ControlListener {
  onEvent?(event: Data): void;
  onPicture?(frame: Frame): void;
}

/** The status of a full daemon, 768 connections that are as many participants, has room in it. */
export const ANSWER_BYTES = 4 * 1024 * 1024;

/** Daemons that are named in one message. */
const PORTS_NAMED = 8;

export class ControlClient {
  readonly ended: Promise<void>;
  readonly #connection: ControlConnection;
  readonly #waiting: Map<number, (done: Done) => void>;
  #nextId = 1;

  /** Rejects with MEET_UNREACHABLE when the program has ended. */
  static async open(
    io: Pick<Io, 'env' | 'platform' | 'clock'>,
    name: string,
    listener: ControlListener = {},
  ): Promise<ControlClient> {
    const waiting = new Map<number, (done: Done) => void>();
    // A record that the program could not read has no id to it; it answers in order.
    const onError = ({ code, message }: { code: string; message: string }): void => {
      const [oldest] = waiting;
      oldest?.[1]({ type: 'done', id: oldest[0], ok: false, code, message });
    };
    const connection = await connectControl(controlPath(name, io.env, io.platform), {
      limits: limitsWith({ 'control-bytes': ANSWER_BYTES }),
      clock: io.clock,
      handlers: {
        onControl: (_, record) => {
          if (record.type === 'done') waiting.get(record.id)?.(record);
          else if (record.type === 'error') onError(record);
          else if (record.type === 'event') listener.onEvent?.(record.event);
        },
        onMedia: (frame) => listener.onPicture?.(frame),
      },
    });
    return new ControlClient(connection, waiting);
  }

  private constructor(connection: ControlConnection, waiting: Map<number, (done: Done) => void>) {
    this.#connection = connection;
    this.#waiting = waiting;
    this.ended = connection.ended;
  }

  /** The answer's data. Rejects with the program's own error, or MEET_PEER_GONE when it ended. */
  async ask(request: Request): Promise<Data> {
    const id = this.#nextId;
    this.#nextId += 1;
    const answer = new Promise<Done>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    this.#connection.send({ ...request, id });
    const done = await Promise.race([answer, this.ended]);
    this.#waiting.delete(id);
    if (done === undefined) throw new MeetError('MEET_PEER_GONE', 'the program ended meanwhile');
    return dataOf(done);
  }

  chat(text: string): void {
    this.#connection.send({ type: 'chat', text });
  }

  /** With a reason it says bye, and the program has dealt with all that was sent when it resolves. */
  async close(reason?: string): Promise<void> {
    if (reason === undefined) {
      await this.#connection.close();
      return;
    }
    this.#connection.send({ type: 'bye', reason });
    await this.ended;
  }
}

/**
 * The control socket of the daemon on this machine: that of `screenPort`. Where that is the usual port,
 * and no daemon has it, the only one that answers will do. Rejects with MEET_UNREACHABLE where there
 * is none, MEET_USAGE where there are several.
 */
export async function openDaemonControl(
  io: Io,
  screenPort: number,
  listener: ControlListener = {},
): Promise<ControlClient> {
  const exact = await openIfThere(io, `daemon-${screenPort}`, listener);
  if (exact !== undefined) return exact;
  const running = await openDaemons(io, listener);
  const isUsual = screenPort === DEFAULT_PORTS.screen;
  const [first, ...others] = running;
  if (isUsual && first !== undefined && others.length === 0) return first.client;
  await Promise.all(running.map(({ client }) => client.close()));
  const ports = listOfPorts(running.map(({ port }) => port));
  if (!isUsual) {
    const instead = first === undefined ? '' : `; those of ${ports} run`;
    throw new MeetError(
      'MEET_UNREACHABLE',
      `no daemon of this user listens on screen port ${screenPort} of this machine${instead}`,
    );
  }
  if (first === undefined) {
    throw new MeetError(
      'MEET_UNREACHABLE',
      'no daemon of this user runs on this machine; start one: meet serve, or name another: --host',
    );
  }
  throw new MeetError(
    'MEET_USAGE',
    `several daemons run here (screen ports ${ports}); say which one: --ports SCREEN,VIDEO,AUDIO`,
  );
}

/** The control socket of exactly that daemon; undefined where it does not run here. */
export async function openIfThere(
  io: Io,
  name: string,
  listener: ControlListener = {},
): Promise<ControlClient | undefined> {
  if (io.platform !== 'win32' && !controlNames(io.env, io.platform).includes(name))
    return undefined;
  return openIfAnswers(io, name, listener);
}

async function openIfAnswers(
  io: Io,
  name: string,
  listener: ControlListener,
): Promise<ControlClient | undefined> {
  try {
    return await ControlClient.open(io, name, listener);
  } catch (thrown) {
    if (asMeetError(thrown).code !== 'MEET_UNREACHABLE') throw thrown;
    return undefined;
  }
}

/** All daemons of this user that answer on this machine, in the order of their screen ports. */
async function openDaemons(
  io: Io,
  listener: ControlListener,
): Promise<{ port: number; client: ControlClient }[]> {
  const opened = [];
  for (const name of controlNames(io.env, io.platform)) {
    if (!name.startsWith('daemon-')) continue;
    const client = await openIfAnswers(io, name, listener);
    if (client !== undefined) opened.push({ port: Number(name.replace('daemon-', '')), client });
  }
  return opened.sort((one, other) => one.port - other.port);
}

/** `1, 2, 3 and 4 more`. */
function listOfPorts(ports: readonly number[]): string {
  const named = ports.slice(0, PORTS_NAMED).join(', ');
  return ports.length <= PORTS_NAMED ? named : `${named} and ${ports.length - PORTS_NAMED} more`;
}

/** The control sockets of this user's running shares. */
export async function openShareControls(io: Io): Promise<{ pid: number; client: ControlClient }[]> {
  const names = controlNames(io.env, io.platform).filter((name) => name.startsWith('share-'));
  const opened = await Promise.allSettled(
    names.map(async (name) => ({
      pid: Number(name.replace('share-', '')),
      client: await ControlClient.open(io, name),
    })),
  );
  return opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
