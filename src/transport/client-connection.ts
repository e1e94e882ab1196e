/**
 * One connection of a client to a daemon, from the TCP connect to its end: preamble, hello, then
 * media one way or the other. Owns one socket and its handshake; does not reconnect.
 */
import type { TLSSocket } from 'node:tls';

import type { ClientSecurity } from './client-security.js';
import { credentialsFor } from './client-security.js';
import type { ClientSocket } from './client-socket.js';
import { openSocket } from './client-socket.js';
import type { Clock } from './clock.js';
import { ConnectAttempt } from './connect-attempt.js';
import { closed, closedEarly, notLetIn, silentPeer } from './connection-faults.js';
import type { Waiting } from './admission-records.js';
import type { ControlRecord } from './control.js';
import type { Hello, Refused, Welcome } from './handshake-records.js';
import { MeetError, knownErrorCode } from './errors.js';
import type { Frame, FrameParts } from './frame.js';
import type { Limits } from './limits.js';
import { NativeChannel } from './native-channel.js';
import { PeerSocket } from './peer-socket.js';
import { channelBinding } from './secure-socket.js';
import type { RoundTrip } from './round-trip-probe.js';
import type { StreamKind } from './stream-kind.js';

export interface ClientConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly kind: StreamKind;
  readonly hello: Hello;
  /** Left out: in plain, without an identity. */
  readonly security?: ClientSecurity;
  /** How long to wait to be let in, in ms. */
  readonly admissionMs: number;
  readonly onWaiting: (waiting: Waiting) => void;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once, inside of reading the welcome: records that came with it in one packet follow. */
  readonly onWelcome?: (connection: ClientConnection, welcome: Welcome) => void;
  readonly onControl: (record: ControlRecord) => void;
  /** Of a subscriber: each frame that comes. */
  readonly onMedia?: (frame: Frame) => void;
  readonly onAck: (sequence: number) => void;
  readonly onRoundTrip: (roundTrip: RoundTrip) => void;
  readonly onDrain: () => void;
}

/** A refusal, with what the daemon said beside its code. */
export class RefusedError extends MeetError {
  readonly retryAfterMs: number | undefined;

  constructor(refused: Refused) {
    super(
      knownErrorCode(refused.code, 'MEET_NOT_ADMITTED'),
      `the daemon refused: ${refused.message.slice(0, 500)}`,
    );
    this.retryAfterMs = refused.retryAfterMs;
  }
}

export class ClientConnection {
  /** Resolves when the connection has ended, with why; undefined when we ended it. */
  readonly ended: Promise<MeetError | undefined>;
  readonly #options: ClientConnectionOptions;
  readonly #channel: NativeChannel;
  readonly #socket: PeerSocket;
  readonly #secure: TLSSocket | undefined;
  readonly #attempt: ConnectAttempt;
  #welcome: Welcome | undefined;
  #goodbye: MeetError | undefined;
  #stopWaiting: (() => void) | undefined;
  #settleWelcome: ((welcome: Welcome | MeetError) => void) | undefined;

  /** Connects and shakes hands. Rejects with MEET_UNREACHABLE, MEET_PROTOCOL or a RefusedError. */
  static async open(options: ClientConnectionOptions): Promise<ClientConnection> {
    const attempt = new ConnectAttempt(options);
    try {
      const socket = await openSocket(options, attempt.signal);
      const connection = new ClientConnection(options, socket, attempt);
      try {
        await connection.#shakeHands(attempt.signal);
        return connection;
      } catch (thrown) {
        // The daemon may have let it in by now, and would keep a place for its return.
        if (options.signal.aborted) await connection.#channel.end({ type: 'bye', reason: 'ended' });
        else await connection.close();
        throw attempt.late ? silentPeer(options, thrown) : thrown;
      }
    } finally {
      attempt.end();
    }
  }

  private constructor(
    options: ClientConnectionOptions,
    { socket, secure }: ClientSocket,
    attempt: ConnectAttempt,
  ) {
    const { kind, limits, clock } = options;
    this.#options = options;
    this.#secure = secure;
    this.#attempt = attempt;
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
      socket: secure ?? socket,
      unread: secure === undefined,
      reader: this.#channel.reader,
      limits,
      clock,
      owner: {
        onDrain: options.onDrain,
        onClose: (fault) => {
          const reason = this.#goodbye ?? fault;
          this.#settle(reason ?? closedEarly(options));
          settleEnded(reason ?? closed());
        },
      },
    });
    this.#channel.attach(this.#socket);
  }

  /** Whether what goes over it is encrypted. */
  get encrypted(): boolean {
    return this.#secure !== undefined;
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
    return this.#channel.clockOffsetUs;
  }

  /** Pings when due, and notices a peer that is gone. */
  tick(nowMs: number): void {
    this.#channel.tick(nowMs);
  }

  /** Asks for an answer at once; returns the ping's id. */
  ping(): number {
    return this.#channel.ping(this.#options.clock.now());
  }

  /** Ends at once because of a fault of the daemon's. */
  fail(fault: MeetError): void {
    this.#socket.fail(fault);
  }

  /** Says bye, if there still is somebody, and closes. Idempotent. */
  async close(reason?: string): Promise<void> {
    if (reason === undefined || this.#welcome === undefined) await this.#socket.close();
    else await this.#channel.sayBye(reason);
  }

  async #shakeHands(signal: AbortSignal): Promise<void> {
    const answer = new Promise<Welcome | MeetError>((resolve) => {
      this.#settleWelcome = resolve;
    });
    const onAbort = (): void => {
      this.#settle(
        new MeetError('MEET_UNREACHABLE', 'ended while waiting for the daemon', {
          cause: signal.reason,
        }),
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    // It may have been aborted since the connect: then no event comes any more.
    if (signal.aborted) onAbort();
    this.#channel.sendPreamble();
    this.#channel.sendControl(this.#hello());
    const welcome = await answer;
    signal.removeEventListener('abort', onAbort);
    this.#stopWaiting?.();
    if (welcome instanceof MeetError) throw welcome;
  }

  /** The first answer counts. */
  #settle(answer: Welcome | MeetError): void {
    const settle = this.#settleWelcome;
    this.#settleWelcome = undefined;
    settle?.(answer);
  }

  /** Whatever follows in the same packet belongs to an open connection. */
  #open(welcome: Welcome): void {
    if (this.#settleWelcome === undefined) return;
    this.#welcome = welcome;
    this.#channel.acks = welcome.acks === true;
    this.#channel.followClock(this.#options.clock.now());
    this.#settle(welcome);
    this.#options.onWelcome?.(this, welcome);
  }

  #hello(): Hello {
    const { hello, security, host } = this.#options;
    const binding = this.#secure === undefined ? undefined : channelBinding(this.#secure);
    const credentials = credentialsFor(security, host, binding);
    return credentials === undefined ? hello : { ...hello, credentials };
  }

  /** In plain the daemon says what to sign. */
  #prove(nonce: string): void {
    const identity = this.#options.security?.identity;
    if (identity === undefined || this.#secure !== undefined) return;
    const binding = { how: 'nonce' as const, value: Buffer.from(nonce, 'base64url') };
    this.#channel.sendControl({ type: 'proof', signature: identity.sign(binding) });
  }

  #onControl(record: ControlRecord): void {
    if (record.type === 'welcome') this.#open(record);
    else if (record.type === 'error' && this.#settleWelcome !== undefined) this.#misread(record);
    else if (record.type === 'challenge') this.#prove(record.nonce);
    else if (record.type === 'waiting') this.#waits(record);
    else if (record.type === 'refused') {
      this.#goodbye = new RefusedError(record);
      this.#settle(this.#goodbye);
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

  /** It could not read what we greeted it with. */
  #misread({ code, message }: { code: string; message: string }): void {
    this.#settle(new MeetError(knownErrorCode(code, 'MEET_PROTOCOL'), message.slice(0, 500)));
  }

  /** Somebody has to let us in; the daemon's pings, and ours, go on meanwhile. */
  #waits(waiting: Waiting): void {
    const { admissionMs, clock, onWaiting } = this.#options;
    this.#channel.ping(clock.now());
    const stop = clock.every(1000, () => {
      this.#channel.tick(clock.now());
    });
    void this.ended.then(stop);
    this.#attempt.waitFor(admissionMs, () => {
      stop();
      this.#settle(notLetIn(this.#options));
    });
    this.#stopWaiting = stop;
    onWaiting(waiting);
  }
}
