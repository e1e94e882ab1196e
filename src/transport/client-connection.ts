/**
 * One connection of a client to a daemon, from the TCP connect to its end: preamble, hello, then
 * media one way or the other. Owns one socket and its handshake; does not reconnect.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

import type { Clock } from './clock.js';
import type { ControlRecord, Hello, Refused, Welcome } from './control.js';
import { ERROR_CODES, MeetError, systemErrorCode } from './errors.js';
import type { ErrorCode } from './errors.js';
import type { Frame, FrameParts } from './frame.js';
import type { Limits } from './limits.js';
import { NativeChannel } from './native-channel.js';
import { PeerSocket } from './peer-socket.js';
import type { StreamKind } from './stream-kind.js';

export interface ClientConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly kind: StreamKind;
  readonly hello: Hello;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onControl: (record: ControlRecord) => void;
  /** Of a subscriber: each frame that comes. */
  readonly onMedia?: (frame: Frame) => void;
  readonly onAck: (sequence: number) => void;
  readonly onRoundTrip: (roundTripMs: number) => void;
  readonly onDrain: () => void;
}

/** Time for TCP and the handshake together, in ms. */
const CONNECT_TIMEOUT_MS = 5000;

/** A refusal, with what the daemon said beside its code. */
export class RefusedError extends MeetError {
  readonly retryAfterMs: number | undefined;

  constructor(refused: Refused) {
    const code = isErrorCode(refused.code) ? refused.code : 'MEET_NOT_ADMITTED';
    super(code, `the daemon refused: ${refused.message.slice(0, 500)}`);
    this.retryAfterMs = refused.retryAfterMs;
  }
}

export class ClientConnection {
  /** Resolves when the connection has ended, with why; undefined when we ended it. */
  readonly ended: Promise<MeetError | undefined>;
  readonly #options: ClientConnectionOptions;
  readonly #channel: NativeChannel;
  readonly #socket: PeerSocket;
  #welcome: Welcome | undefined;
  #goodbye: MeetError | undefined;
  #settleWelcome: ((welcome: Welcome | MeetError) => void) | undefined;

  /** Connects and shakes hands. Rejects with MEET_UNREACHABLE, MEET_PROTOCOL or a RefusedError. */
  static async open(options: ClientConnectionOptions): Promise<ClientConnection> {
    const attempt = new Attempt(options);
    try {
      const socket = await connectSocket(options, attempt.signal);
      const connection = new ClientConnection(options, socket);
      try {
        await connection.#shakeHands(attempt.signal);
        return connection;
      } catch (thrown) {
        await connection.close();
        throw attempt.late ? silentPeer(options, thrown) : thrown;
      }
    } finally {
      attempt.end();
    }
  }

  private constructor(options: ClientConnectionOptions, socket: Socket) {
    const { kind, limits, clock } = options;
    this.#options = options;
    this.#channel = new NativeChannel({
      kind,
      limits,
      clock,
      handlers: {
        // Version 1 is the only one that we offer, and decodePreamble has seen the magic.
        onPreamble: () => undefined,
        onControl: (record) => {
          this.#onControl(record);
        },
        onMedia: (frame) => {
          options.onMedia?.(frame);
        },
        onAck: options.onAck,
        onRoundTrip: options.onRoundTrip,
      },
    });
    let settleEnded: (fault: MeetError | undefined) => void = () => undefined;
    this.ended = new Promise((resolve) => {
      settleEnded = resolve;
    });
    this.#socket = new PeerSocket({
      socket,
      accepted: false,
      reader: this.#channel.reader,
      limits,
      clock,
      onDrain: options.onDrain,
      onClose: (fault) => {
        const reason = this.#goodbye ?? fault;
        this.#settleWelcome?.(reason ?? closedEarly(options));
        settleEnded(reason ?? new MeetError('MEET_PEER_GONE', 'the daemon closed the connection'));
      },
    });
    this.#channel.attach(this.#socket);
  }

  /** What the daemon answered to hello. */
  get welcome(): Welcome {
    if (this.#welcome !== undefined) return this.#welcome;
    throw new MeetError('MEET_INTERNAL', 'the handshake has not ended');
  }

  /** False: nothing more before `onDrain`. */
  send(parts: FrameParts): boolean {
    return this.#channel.sendMedia(parts);
  }

  sendControl(record: ControlRecord): void {
    this.#channel.sendControl(record);
  }

  /** The daemon's clock minus ours, in microseconds; undefined until it is known. */
  get clockOffsetUs(): number | undefined {
    return this.#channel.clockOffset.offsetUs;
  }

  /** Pings when due, and notices a peer that is gone. */
  tick(nowMs: number): void {
    this.#channel.tick(nowMs);
  }

  /** Ends at once because of a fault of the daemon's. */
  fail(fault: MeetError): void {
    this.#socket.fail(fault);
  }

  /** Says bye, if there still is somebody, and closes. Idempotent. */
  async close(reason?: string): Promise<void> {
    if (reason === undefined || this.#welcome === undefined) await this.#socket.close();
    else await this.#channel.end({ type: 'bye', reason });
  }

  async #shakeHands(signal: AbortSignal): Promise<void> {
    const answer = new Promise<Welcome | MeetError>((resolve) => {
      this.#settleWelcome = resolve;
    });
    const onAbort = (): void => {
      this.#settleWelcome?.(
        new MeetError('MEET_UNREACHABLE', 'ended while waiting for the daemon', {
          cause: signal.reason,
        }),
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    // It may have been aborted since the connect: then no event comes any more.
    if (signal.aborted) onAbort();
    this.#channel.sendPreamble();
    this.#channel.sendControl(this.#options.hello);
    const welcome = await answer;
    signal.removeEventListener('abort', onAbort);
    this.#settleWelcome = undefined;
    if (welcome instanceof MeetError) throw welcome;
    this.#welcome = welcome;
    this.#channel.acks = welcome.acks === true;
    this.#channel.ping(this.#options.clock.now());
  }

  #onControl(record: ControlRecord): void {
    if (record.type === 'welcome') this.#settleWelcome?.(record);
    else if (record.type === 'refused') {
      this.#goodbye = new RefusedError(record);
      this.#settleWelcome?.(this.#goodbye);
    } else if (record.type === 'bye') {
      const { reason, retryAfterMs } = record;
      this.#goodbye = new RefusedError({
        type: 'refused',
        code: 'MEET_DRAINING',
        message: reason,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    } else this.#options.onControl(record);
  }
}

/**
 * The time of one attempt: its signal aborts when the time is over or the owner's signal aborts. Not
 * AbortSignal.any, which leaves some 100 bytes with the owner's signal for each attempt (Node 20).
 */
class Attempt {
  late = false;
  readonly end: () => void;
  readonly #controller = new AbortController();

  constructor({ signal, clock }: ClientConnectionOptions) {
    const onAbort = (): void => {
      this.#controller.abort(signal.reason);
    };
    const cancel = clock.after(CONNECT_TIMEOUT_MS, () => {
      this.late = true;
      this.#controller.abort();
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    this.end = () => {
      cancel();
      signal.removeEventListener('abort', onAbort);
    };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
}

function connectSocket(
  { host, port }: ClientConnectionOptions,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners('error');
      socket.removeAllListeners('connect');
    };
    const onAbort = (): void => {
      settle();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(unreachable(host, port, 'no answer'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
    socket.once('error', (error) => {
      settle();
      reject(unreachable(host, port, systemErrorCode(error) ?? error.message, error));
    });
    if (signal.aborted) onAbort();
  });
}

const CONNECT_FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; start it with: meet serve',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no network',
};

function unreachable(host: string, port: number, why: string, cause?: unknown): MeetError {
  const words = CONNECT_FAULTS[why] ?? why;
  return new MeetError(
    'MEET_UNREACHABLE',
    `no daemon at ${host} port ${port}: ${words}`,
    cause === undefined ? {} : { cause },
  );
}

function closedEarly({ host, port }: ClientConnectionOptions): MeetError {
  return new MeetError(
    'MEET_PEER_GONE',
    `${host} port ${port} closed the connection before it said welcome`,
  );
}

function silentPeer({ host, port }: ClientConnectionOptions, cause: unknown): MeetError {
  return new MeetError(
    'MEET_PROTOCOL',
    `${host} port ${port} took the connection but said nothing in ${CONNECT_TIMEOUT_MS / 1000} s; is it a meet daemon?`,
    { cause },
  );
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
