/**
 * One kind of stream from a publisher to a daemon, across outages: it numbers frames, queues them in
 * its outbox, reconnects with backoff and counts what is lost. Owns at most one connection at a time;
 * captures nothing.
 *
 *   CLOSED ──start──> CONNECTING ──welcome──> OPEN ──lost──> WAITING ──backoff──> CONNECTING
 *                         └──────────── fatal, or no reconnecting ────────────> FAILED
 */
import { backoffMs } from './backoff.js';
import type { Clock } from './clock.js';
import type { Hello, Welcome } from './control.js';
import { MeetError, asMeetError } from './errors.js';
import type { ErrorCode } from './errors.js';
import type { FrameParts } from './frame.js';
import type { Limits } from './limits.js';
import { Outbox, windowFor } from './outbox.js';
import { PublisherConnection, RefusedError } from './publisher-connection.js';
import { PROTOCOL_VERSIONS, U32_MAX } from './record-header.js';
import type { StreamFormat, StreamKind } from './stream-kind.js';

/** What goes into a frame besides its number. */
export interface Outgoing {
  readonly capturedAtUs: number;
  readonly encodedAfterUs: number;
  /** Left out: the picture is the same as the last one. */
  readonly payload?: Buffer;
}

export interface PublisherStreamEvents {
  onOpen(kind: StreamKind, welcome: Welcome): void;
  /** The connection is lost; another attempt follows in `retryInMs`. */
  onLost(kind: StreamKind, fault: MeetError, retryInMs: number): void;
}

export interface PublisherStreamOptions {
  readonly kind: StreamKind;
  readonly host: string;
  readonly port: number;
  readonly identity: { name: string; room: string; session: string; software: string };
  /** How long to keep trying for the first connection, in ms; Infinity for ever. */
  readonly waitMs: number;
  readonly reconnect: boolean;
  readonly limits: Limits;
  readonly clock: Clock;
  /** [0, 1), as Math.random. */
  readonly random: () => number;
  readonly events: PublisherStreamEvents;
}

export interface PublisherStreamStats {
  /** Frames given to `send`. */
  readonly offered: number;
  readonly written: number;
  /** Replaced by a newer one before they could go out. */
  readonly dropped: number;
  /** Offered while there was no connection. */
  readonly lostOffline: number;
  readonly bytes: number;
  readonly connected: boolean;
}

/** 20 ms chunks. */
const SOUND_CHUNKS_PER_SECOND = 50;
/** Sound that may be under way unacknowledged, beyond a round trip. */
const SOUND_WINDOW_CHUNKS = 10;
const TICK_MS = 1000;
/** At the end, for the last sound and picture. */
const FLUSH_MS = 1000;
const FLUSH_POLL_MS = 5;

/** Refusals that a later attempt may not meet any more. */
const PASSING: readonly ErrorCode[] = [
  'MEET_UNREACHABLE',
  'MEET_PEER_GONE',
  'MEET_DRAINING',
  'MEET_TOO_MANY_CONNECTIONS',
  'MEET_SLOW_PEER',
];

export class PublisherStream {
  readonly kind: StreamKind;
  readonly #options: PublisherStreamOptions;
  readonly #abort = new AbortController();
  readonly #outbox: Outbox<FrameParts>;
  #connection: PublisherConnection | undefined;
  #format: StreamFormat | undefined;
  /** What the daemon of the newest connection knows. */
  #toldFormat: StreamFormat | undefined;
  #framesPerSecond = SOUND_CHUNKS_PER_SECOND;
  #sequence = 0;
  /** The number after the last one that was put on a socket. */
  #nextUnsent = 0;
  #offered = 0;
  #lostOffline = 0;
  #bytes = 0;
  /** The first connection, being made. */
  #starting: Promise<PublisherConnection> | undefined;
  #running: Promise<void> | undefined;

  constructor(options: PublisherStreamOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.#outbox = new Outbox({
      capacity: this.kind === 'audio' ? options.limits['outbox-sound-ms'] / 20 : 1,
      windowFrames: Infinity,
      write: (parts) => this.#write(parts),
    });
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  /** Whether a picture taken now would go out at once. */
  get ready(): boolean {
    return this.connected && this.#outbox.ready;
  }

  get stats(): PublisherStreamStats {
    const { written, dropped } = this.#outbox.stats;
    return {
      offered: this.#offered,
      written,
      dropped,
      lostOffline: this.#lostOffline,
      bytes: this.#bytes,
      connected: this.connected,
    };
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

  /** Settles when the stream has ended for good: rejects with the fault that no attempt mends. */
  async finished(): Promise<void> {
    await this.#running;
  }

  /** How payloads are to be read from here on. Told to the daemon now and at each reconnection. */
  setFormat(format: StreamFormat): void {
    if (JSON.stringify(format) === JSON.stringify(this.#format)) return;
    this.#format = format;
    if (format.codec === 'jpeg') this.#framesPerSecond = format.fps;
    if (this.#connection !== undefined) this.#tellFormat(this.#connection);
  }

  /** Tells the daemon that the stream has stalled or goes on. */
  setState(state: 'on' | 'off' | 'stalled', reason?: string): void {
    this.#connection?.sendControl({
      type: 'stream',
      state,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  /** Numbers a frame and offers it. Synchronous; never throws. */
  send(outgoing: Outgoing): void {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) % (U32_MAX + 1);
    this.#offered += 1;
    if (this.#connection === undefined) {
      this.#lostOffline += 1;
      return;
    }
    this.#outbox.offer({ kind: this.kind, sequence, ...outgoing });
  }

  /** Waits until what was offered is on the socket, for `FLUSH_MS` at most. */
  async flush(): Promise<void> {
    const { clock } = this.#options;
    const untilMs = clock.now() + FLUSH_MS;
    while (this.connected && this.#outbox.waiting > 0 && clock.now() < untilMs) {
      await clock.sleep(FLUSH_POLL_MS);
    }
  }

  /** Says bye with a reason and closes. Idempotent; resolves when the socket is gone. */
  async close(reason = 'ended'): Promise<void> {
    this.#abort.abort(new MeetError('MEET_CLOSED', 'the stream was closed'));
    const connection = this.#connection;
    this.#connection = undefined;
    this.#outbox.close();
    await connection?.close(reason);
    await this.#starting?.catch(() => undefined);
    await this.#running?.catch(() => undefined);
  }

  async #connectFirst(): Promise<PublisherConnection> {
    const { clock, waitMs, random } = this.#options;
    const beganMs = clock.now();
    for (;;) {
      try {
        return await this.#connect();
      } catch (thrown) {
        const fault = asMeetError(thrown);
        const elapsedMs = clock.now() - beganMs;
        if (!PASSING.includes(fault.code) || elapsedMs >= waitMs) throw fault;
        const delayMs = Math.min(backoffMs(elapsedMs, random), waitMs - elapsedMs);
        this.#options.events.onLost(this.kind, fault, delayMs);
        await clock.sleep(delayMs, this.#abort.signal);
      }
    }
  }

  async #stayConnected(first: PublisherConnection): Promise<void> {
    let connection: PublisherConnection | undefined = first;
    while (connection !== undefined) {
      const fault = await this.#serve(connection);
      if (this.#abort.signal.aborted) return;
      if (!this.#options.reconnect || !isPassing(fault)) throw fault;
      connection = await this.#reconnect(fault);
    }
  }

  async #serve(connection: PublisherConnection): Promise<MeetError> {
    const { clock, events } = this.#options;
    if (this.#abort.signal.aborted) {
      // Closed between the welcome and here: nobody else knows of this connection.
      await connection.close();
      return new MeetError('MEET_CLOSED', 'the stream was closed');
    }
    this.#connection = connection;
    this.#outbox.reset();
    this.#useWindow(connection, 0);
    // A device may have opened after hello went out and before it was answered.
    if (this.#format !== this.#toldFormat) this.#tellFormat(connection);
    events.onOpen(this.kind, connection.welcome);
    const stopTicking = clock.every(TICK_MS, () => {
      connection.tick(clock.now());
    });
    const fault = await connection.ended;
    stopTicking();
    this.#connection = undefined;
    return fault ?? new MeetError('MEET_CLOSED', 'the connection was closed');
  }

  async #reconnect(lost: MeetError): Promise<PublisherConnection | undefined> {
    const { clock, random, events } = this.#options;
    const beganMs = clock.now();
    let fault = lost;
    for (;;) {
      const retryAfterMs = fault instanceof RefusedError ? (fault.retryAfterMs ?? 0) : 0;
      const delayMs = backoffMs(clock.now() - beganMs, random, retryAfterMs);
      events.onLost(this.kind, fault, delayMs);
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

  async #connect(): Promise<PublisherConnection> {
    const { host, port, limits, clock } = this.#options;
    const connection: PublisherConnection = await PublisherConnection.open({
      host,
      port,
      kind: this.kind,
      hello: this.#hello(),
      limits,
      clock,
      signal: this.#abort.signal,
      onControl: () => undefined,
      onAck: (sequence) => {
        this.#outbox.acknowledged(sequence);
      },
      onRoundTrip: (roundTripMs) => {
        if (this.#connection !== undefined) this.#useWindow(this.#connection, roundTripMs);
      },
      onDrain: () => {
        this.#outbox.drained();
      },
    });
    return connection;
  }

  #tellFormat(connection: PublisherConnection): void {
    this.#toldFormat = this.#format;
    if (this.#format !== undefined)
      connection.sendControl({ type: 'format', format: this.#format });
  }

  #hello(): Hello {
    this.#toldFormat = this.#format;
    return {
      type: 'hello',
      versions: [...PROTOCOL_VERSIONS],
      role: 'publish',
      ...this.#options.identity,
      nextSequence: this.#nextUnsent,
      acks: true,
      ...(this.#format === undefined ? {} : { format: this.#format }),
    };
  }

  #useWindow(connection: PublisherConnection, roundTripMs: number): void {
    const base = this.kind === 'audio' ? SOUND_WINDOW_CHUNKS : 0;
    this.#outbox.setWindow(
      connection.welcome.acks === true
        ? base + windowFor(this.#framesPerSecond, roundTripMs)
        : Infinity,
    );
  }

  #write(parts: FrameParts): boolean {
    if (this.#connection === undefined) return false;
    this.#bytes += parts.payload?.length ?? 0;
    this.#nextUnsent = (parts.sequence + 1) % (U32_MAX + 1);
    return this.#connection.send(parts);
  }
}

function isPassing(fault: MeetError): boolean {
  return PASSING.includes(fault.code);
}
