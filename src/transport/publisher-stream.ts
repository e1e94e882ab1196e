/**
 * One kind of stream from a publisher to a daemon, across outages: it numbers frames, queues them in
 * its outbox and counts what is lost. Owns the numbering and the queue; the link connects again by
 * itself; captures nothing.
 */
import type { ClientConnection } from './client-connection.js';
import { ClientLink } from './client-link.js';
import type { ClientSecurity } from './client-security.js';
import type { Clock } from './clock.js';
import type { Waiting } from './admission-records.js';
import type { Hello, Welcome } from './handshake-records.js';
import type { MeetError } from './errors.js';
import type { FrameParts } from './frame.js';
import type { Limits } from './limits.js';
import { Outbox } from './outbox.js';
import { PublisherPace } from './publisher-pace.js';
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
  /** The daemon keeps it waiting until somebody lets it in. */
  onWaiting?(kind: StreamKind, waiting: Waiting): void;
  /** Whether anybody watches or records the stream; nothing needs to be captured if not. */
  onWanted?(kind: StreamKind, wanted: boolean): void;
  /** The host has stopped the stream (`atUs`: when, Unix epoch), or lets it go on. */
  onHeld?(kind: StreamKind, held: boolean, atUs: number): void;
}

export interface PublisherStreamOptions {
  readonly kind: StreamKind;
  readonly host: string;
  readonly port: number;
  readonly identity: { name: string; room: string; session: string; software: string };
  /** How long to keep trying for the first connection, in ms; Infinity for ever. */
  readonly waitMs: number;
  /** How long to wait to be let in, in ms; for ever where it is left out. */
  readonly admissionMs?: number;
  /** Left out: in plain, without an identity. */
  readonly security?: ClientSecurity;
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
  /**
   * Written to a connection that ended before the daemon said that it had them: lost, or come without
   * an answer. Always 0 where the daemon acknowledges nothing.
   */
  readonly unacknowledged: number;
  readonly bytes: number;
  readonly connected: boolean;
}

/** 20 ms chunks. */
const SOUND_CHUNKS_PER_SECOND = 50;
/** At the end, for the last sound and picture. */
const FLUSH_MS = 1000;
const FLUSH_POLL_MS = 5;

export class PublisherStream {
  readonly kind: StreamKind;
  readonly #options: PublisherStreamOptions;
  readonly #link: ClientLink;
  readonly #outbox: Outbox<FrameParts>;
  #format: StreamFormat | undefined;
  /** What the daemon of the newest connection knows. */
  #toldFormat: StreamFormat | undefined;
  #framesPerSecond = SOUND_CHUNKS_PER_SECOND;
  #sequence = 0;
  /** The number after the last one that was put on a socket. */
  #nextUnsent = 0;
  #offered = 0;
  #lostOffline = 0;
  #unacknowledged = 0;
  #bytes = 0;
  /** Of the newest connection. */
  #pace: PublisherPace | undefined;

  constructor(options: PublisherStreamOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.#outbox = new Outbox({
      capacity: this.kind === 'audio' ? options.limits['outbox-sound-ms'] / 20 : 1,
      windowFrames: Infinity,
      socketOpen: () => this.#pace?.holds !== true,
      write: (parts) => this.#write(parts),
    });
    this.#link = new ClientLink({
      ...options,
      hello: () => this.#hello(),
      handlers: {
        onOpen: (connection, welcome) => {
          this.#outbox.reset();
          this.#beginPace(connection);
          // A device may have opened after hello went out and before it was answered.
          if (this.#format !== this.#toldFormat) this.#tellFormat(connection);
          options.events.onOpen(this.kind, welcome);
        },
        onLost: (fault, retryInMs) => {
          this.#unacknowledged += this.#outbox.abandon();
          options.events.onLost(this.kind, fault, retryInMs);
        },
        onWaiting: (waiting) => options.events.onWaiting?.(this.kind, waiting),
        onControl: (record) => {
          if (record.type === 'want') options.events.onWanted?.(this.kind, record.wanted);
          if (record.type === 'held') {
            options.events.onHeld?.(this.kind, record.held, record.atUs);
          }
        },
        onAck: (sequence) => {
          this.#outbox.acknowledged(sequence);
          this.#pace?.acknowledged(options.clock.now());
        },
        onRoundTrip: (roundTrip) => {
          this.#pace?.answered(roundTrip, options.clock.now());
        },
        onTick: (nowMs) => {
          this.#pace?.tick(nowMs);
        },
        onDrain: () => {
          this.#outbox.drained();
        },
      },
    });
  }

  get connected(): boolean {
    return this.#link.connection !== undefined;
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
      unacknowledged: this.#unacknowledged,
      bytes: this.#bytes,
      connected: this.connected,
    };
  }

  /**
   * Connects and keeps connected. Resolves when the first connection is open; rejects with why it
   * could not be, MEET_CLOSED when `close` came first. `finished` tells of a later end that no attempt
   * can mend.
   */
  start(): Promise<Welcome> {
    return this.#link.start();
  }

  /** Settles when the stream has ended for good: rejects with the fault that no attempt mends. */
  finished(): Promise<void> {
    return this.#link.finished();
  }

  /** How payloads are to be read from here on. Told to the daemon now and at each reconnection. */
  setFormat(format: StreamFormat): void {
    if (JSON.stringify(format) === JSON.stringify(this.#format)) return;
    this.#format = format;
    if (format.codec === 'jpeg') this.#framesPerSecond = format.fps;
    const { connection } = this.#link;
    if (connection !== undefined) this.#tellFormat(connection);
  }

  /**
   * Tells the daemon that the stream is turned off, has stalled or goes on. What waits is dropped when
   * it is turned off: nobody is to see it, and a frame after the word would turn it on again.
   */
  setState(state: 'on' | 'off' | 'stalled', reason?: string): void {
    if (state === 'off') this.#outbox.clear();
    this.#link.connection?.sendControl({
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
    if (this.#link.connection === undefined) {
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
    this.#outbox.close();
    await this.#link.close(reason);
    this.#unacknowledged += this.#outbox.abandon();
  }

  #tellFormat(connection: ClientConnection): void {
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

  /** Without acknowledgements nothing tells how much is under way. */
  #beginPace(connection: ClientConnection): void {
    this.#outbox.setWindow(Infinity);
    this.#pace = undefined;
    if (connection.welcome.acks !== true) return;
    this.#pace = new PublisherPace({
      kind: this.kind,
      nowMs: this.#options.clock.now(),
      ping: () => connection.ping(),
      outbox: this.#outbox,
      framesPerSecond: () => this.#framesPerSecond,
    });
  }

  #write(parts: FrameParts): boolean {
    const { connection } = this.#link;
    if (connection === undefined) return false;
    this.#bytes += parts.payload?.length ?? 0;
    this.#nextUnsent = (parts.sequence + 1) % (U32_MAX + 1);
    return connection.send(parts);
  }
}
