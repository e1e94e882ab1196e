/**
 * A client's connection to one port of a daemon, across outages. Owns at most one connection at a
 * time and when the next one is tried; knows nothing of what goes over it.
 *
 *   CONNECTING ──welcome──> OPEN ──lost──> WAITING ──backoff──> CONNECTING
 *        └──────────── fatal, or no reconnecting ────────────> FAILED
 */
import { backoffMs } from './backoff.js';
import { ClientConnection, RefusedError } from './client-connection.js';
import type { ClientSecurity } from './client-security.js';
import type { Clock } from './clock.js';
import type { Waiting } from './admission-records.js';
import type { ControlRecord } from './control.js';
import type { Hello, Welcome } from './handshake-records.js';
import { MeetError, asMeetError } from './errors.js';
import type { ErrorCode } from './errors.js';
import type { Frame } from './frame.js';
import type { Limits } from './limits.js';
import type { RoundTrip } from './round-trip-probe.js';
import type { StreamKind } from './stream-kind.js';

export interface LinkOptions {
  readonly kind: StreamKind;
  readonly host: string;
  readonly port: number;
  /** How long to keep trying for the first connection, in ms; Infinity for ever. */
  readonly waitMs: number;
  /** How long to wait to be let in, in ms; for ever where it is left out. */
  readonly admissionMs?: number;
  readonly reconnect: boolean;
  /** Left out: in plain, without an identity. */
  readonly security?: ClientSecurity;
  readonly limits: Limits;
  readonly clock: Clock;
  /** [0, 1), as Math.random. */
  readonly random: () => number;
  /** Made anew for each connection. */
  readonly hello: () => Hello;
  readonly handlers: LinkHandlers;
}

/** What the link calls, synchronously; none may throw. */
export interface LinkHandlers {
  onOpen(connection: ClientConnection, welcome: Welcome): void;
  /** The connection is lost, or could not be made; another attempt follows in `retryInMs`. */
  onLost(fault: MeetError, retryInMs: number): void;
  /** The daemon keeps it waiting until somebody lets it in. */
  onWaiting?(waiting: Waiting): void;
  onControl(record: ControlRecord): void;
  onMedia?(frame: Frame): void;
  onAck?(sequence: number): void;
  onRoundTrip?(roundTrip: RoundTrip): void;
  /** Once a second while it is connected. */
  onTick?(nowMs: number): void;
  onDrain?(): void;
}

const TICK_MS = 1000;
/** A connection that is lost sooner is part of the same outage: else a daemon that lets everyone in and
 * falls would be met by all of them many times a second. */
const STEADY_MS = 5000;

/** Faults that a later attempt may not meet any more. */
const PASSING: readonly ErrorCode[] = [
  'MEET_UNREACHABLE',
  'MEET_PEER_GONE',
  'MEET_DRAINING',
  'MEET_TOO_MANY_CONNECTIONS',
  'MEET_SLOW_PEER',
  'MEET_WAITING_FULL',
  'MEET_ADDRESS_REFUSED',
];

export class ClientLink {
  readonly #options: LinkOptions;
  readonly #abort = new AbortController();
  #connection: ClientConnection | undefined;
  #openedMs = 0;
  /** The first connection, being made. */
  #starting: Promise<ClientConnection> | undefined;
  #running: Promise<void> | undefined;
  /** When the outage began; undefined after a steady connection. */
  #outageSinceMs: number | undefined;
  #security: ClientSecurity | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#security = options.security;
  }

  /** The open connection; undefined while there is none. */
  get connection(): ClientConnection | undefined {
    return this.#connection;
  }

  /**
   * Connects and keeps connected. Resolves when the first connection is open; rejects with why it
   * could not be, MEET_CLOSED when `close` came first. `finished` tells of a later end that no attempt
   * can mend.
   */
  async start(): Promise<Welcome> {
    this.#starting = this.#connectFirst();
    try {
      const connection = await this.#starting;
      this.#running = this.#stayConnected(connection);
      // Whoever awaits `finished` or `close` gets the fault; until then it is not unhandled.
      this.#running.catch(() => undefined);
      this.#abort.signal.throwIfAborted();
      return connection.welcome;
    } catch (thrown) {
      this.#abort.signal.throwIfAborted();
      throw thrown;
    }
  }

  /** Settles when the link has ended for good: rejects with the fault that no attempt mends. */
  async finished(): Promise<void> {
    await this.#running;
  }

  /** Says bye with a reason and closes. Idempotent; resolves when the socket is gone. */
  async close(reason: string): Promise<void> {
    this.#abort.abort(new MeetError('MEET_CLOSED', 'the link was closed'));
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close(reason);
    await this.#starting?.catch(() => undefined);
    await this.#running?.catch(() => undefined);
  }

  async #connectFirst(): Promise<ClientConnection> {
    const { clock, waitMs, random, handlers } = this.#options;
    const beganMs = clock.now();
    for (;;) {
      try {
        return await this.#connect();
      } catch (thrown) {
        const fault = asMeetError(thrown);
        const elapsedMs = clock.now() - beganMs;
        if (!isPassing(fault) || elapsedMs >= waitMs) throw fault;
        const delayMs = Math.min(backoffMs(elapsedMs, random), waitMs - elapsedMs);
        handlers.onLost(fault, delayMs);
        await clock.sleep(delayMs, this.#abort.signal);
      }
    }
  }

  async #stayConnected(first: ClientConnection): Promise<void> {
    let connection: ClientConnection | undefined = first;
    while (connection !== undefined) {
      const fault = await this.#serve(connection);
      if (this.#abort.signal.aborted) return;
      if (!this.#options.reconnect || !isPassing(fault)) throw fault;
      connection = await this.#reconnect(fault);
    }
  }

  async #serve(connection: ClientConnection): Promise<MeetError> {
    const { clock, handlers } = this.#options;
    if (this.#abort.signal.aborted) {
      // Closed between the welcome and here: nobody else knows of this connection.
      await connection.close('ended');
      return new MeetError('MEET_CLOSED', 'the link was closed');
    }
    const stopTicking = clock.every(TICK_MS, () => {
      connection.tick(clock.now());
      handlers.onTick?.(clock.now());
    });
    const fault = await connection.ended;
    stopTicking();
    this.#connection = undefined;
    if (clock.now() - this.#openedMs >= STEADY_MS) this.#outageSinceMs = undefined;
    return fault ?? new MeetError('MEET_CLOSED', 'the connection was closed');
  }

  async #reconnect(lost: MeetError): Promise<ClientConnection | undefined> {
    const { clock, random, handlers } = this.#options;
    const beganMs = (this.#outageSinceMs ??= clock.now());
    let fault = lost;
    for (;;) {
      const retryAfterMs = fault instanceof RefusedError ? (fault.retryAfterMs ?? 0) : 0;
      const delayMs = backoffMs(clock.now() - beganMs, random, retryAfterMs);
      handlers.onLost(fault, delayMs);
      try {
        await clock.sleep(delayMs, this.#abort.signal);
        return await this.#connect();
      } catch (thrown) {
        if (this.#abort.signal.aborted) return undefined;
        fault = asMeetError(thrown);
        // While a daemon starts again, whatever answers on its port may be somebody else.
        if (!isPassing(fault) && fault.code !== 'MEET_PROTOCOL') throw fault;
      }
    }
  }

  /** A daemon that takes no plain connections is met in TLS, on loopback, too. */
  async #connect(): Promise<ClientConnection> {
    try {
      return await this.#open();
    } catch (thrown) {
      const security = this.#security;
      const upgrade = thrown instanceof RefusedError && thrown.code === 'MEET_TLS_REQUIRED';
      if (!upgrade || security?.tls !== 'on') throw thrown;
      this.#security = { ...security, tls: 'required' };
      return await this.#open();
    }
  }

  #open(): Promise<ClientConnection> {
    const { host, port, kind, limits, clock, hello, handlers, admissionMs } = this.#options;
    return ClientConnection.open({
      host,
      ...(this.#security === undefined ? {} : { security: this.#security }),
      admissionMs: admissionMs ?? Infinity,
      onWaiting: (waiting) => handlers.onWaiting?.(waiting),
      port,
      kind,
      hello: hello(),
      limits,
      clock,
      signal: this.#abort.signal,
      onWelcome: (connection, welcome) => {
        if (this.#abort.signal.aborted) return;
        this.#connection = connection;
        this.#openedMs = clock.now();
        handlers.onOpen(connection, welcome);
      },
      // While it says bye only acknowledgements are of use.
      onControl: (record) => {
        if (!this.#abort.signal.aborted) handlers.onControl(record);
      },
      onMedia: (frame) => {
        if (!this.#abort.signal.aborted) handlers.onMedia?.(frame);
      },
      onAck: (sequence) => handlers.onAck?.(sequence),
      onRoundTrip: (roundTrip) => handlers.onRoundTrip?.(roundTrip),
      onDrain: () => handlers.onDrain?.(),
    });
  }
}

function isPassing(fault: MeetError): boolean {
  return PASSING.includes(fault.code);
}
