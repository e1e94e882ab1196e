/**
 * A client of the native framing for tests: it writes bytes by itself (wire.ts), reads what the
 * daemon answers, and answers pings when it is told to. Owns one connection, which ends with the test.
 */
import { z } from 'zod';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { Journal } from './journal.js';
import type { RawSocketOptions } from './raw-socket.js';
import { RawSocket } from './raw-socket.js';
import type { WireHeader } from './wire.js';
import {
  WIRE_HEADER_BYTES,
  WIRE_PREAMBLE_BYTES,
  wireControl,
  wireJpeg,
  wirePicture,
  wirePreamble,
} from './wire.js';

const CONTROL = z.looseObject({ type: z.string() });
const PING = z.object({ type: z.literal('ping'), id: z.number(), sentAtUs: z.number() });

export type WireAnswer = z.infer<typeof CONTROL>;

/** A media record as a subscriber got it. */
export interface WireMedia {
  /** Header and payload, byte for byte. */
  readonly record: Buffer;
  readonly source: number;
  readonly sequence: number;
  readonly unchanged: boolean;
  readonly capturedAtUs: number;
  readonly relayedAfterUs: number;
  readonly payload: Buffer;
  /** How much of `answers` had come before it. */
  readonly answersBefore: number;
}

export interface NativeClientOptions extends RawSocketOptions {
  /** Answers pings with this clock, in microseconds; left out: pings stay unanswered. */
  readonly wallUs?: () => number;
}

/** Sessions of this process: 8 to 64 characters of [A-Za-z0-9_-]. */
let sessions = 0;
export function newSession(): string {
  sessions += 1;
  return `test-session-${sessions}`;
}

export class NativeClient {
  readonly kind: StreamKind;
  /** The daemon's control records, in order. */
  readonly answers = new Journal<WireAnswer>();
  /** The media that a subscriber gets, in order. */
  readonly media = new Journal<WireMedia>();
  readonly closed: Promise<string | undefined>;
  /** Acknowledges each picture, naming whose it is. */
  acknowledges = false;
  readonly #options: NativeClientOptions;
  readonly #raw: RawSocket;
  /** The daemon's preamble, in hex; empty before it came. */
  preamble = '';
  #bytes = Buffer.alloc(0);

  static async connect(
    port: number,
    kind: StreamKind,
    options: NativeClientOptions = {},
  ): Promise<NativeClient> {
    return new NativeClient(await RawSocket.connect(port, options), kind, options);
  }

  /** Connects, says preamble and hello, and resolves with the client when it is welcome. */
  static async join(
    port: number,
    kind: StreamKind,
    hello: object = {},
    options: NativeClientOptions = {},
  ): Promise<NativeClient> {
    const client = await NativeClient.connect(port, kind, options);
    client.send(wirePreamble(kind), client.hello(hello));
    await client.answer('welcome');
    return client;
  }

  private constructor(raw: RawSocket, kind: StreamKind, options: NativeClientOptions) {
    this.#raw = raw;
    this.kind = kind;
    this.#options = options;
    this.closed = raw.closed;
    raw.onData = (chunk) => {
      this.#take(chunk);
    };
    void raw.closed.then(() => {
      this.answers.end('the daemon closed the connection');
      this.media.end('the daemon closed the connection');
    });
  }

  get isClosed(): boolean {
    return this.#raw.isClosed;
  }

  /** The socket below, for what a decent client does not do. */
  get raw(): RawSocket {
    return this.#raw;
  }

  send(...parts: readonly Buffer[]): void {
    this.#raw.send(...parts);
  }

  sendControl(record: object | Buffer): void {
    this.send(wireControl(record));
  }

  /** A picture record, made up where nothing else is said. */
  sendPicture(fields: WireHeader = {}, payload = wireJpeg()): void {
    this.send(wirePicture(fields, payload));
  }

  /** A hello record of a publisher with these fields changed; undefined leaves one out. */
  hello(fields: object = {}): Buffer {
    return wireControl({
      type: 'hello',
      versions: [1],
      role: 'publish',
      name: 'kiosk',
      session: newSession(),
      ...fields,
    });
  }

  /** Resolves with the daemon's first record of that type, from answer number `from` on. */
  answer(type: string, from = 0): Promise<WireAnswer> {
    return this.answers.first((record) => record.type === type, from);
  }

  /**
   * Resolves when the daemon has dealt with all that was sent so far: it has answered a ping.
   * Rejects when it closed the connection instead.
   */
  async settled(): Promise<void> {
    const from = this.answers.entries.length;
    this.sendControl({ type: 'ping', id: 0, sentAtUs: 1 });
    await this.answer('pong', from);
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (this.preamble === '' && this.#bytes.length >= WIRE_PREAMBLE_BYTES) {
      this.preamble = this.#bytes.toString('hex', 0, WIRE_PREAMBLE_BYTES);
      this.#bytes = this.#bytes.subarray(WIRE_PREAMBLE_BYTES);
    }
    while (this.preamble !== '' && this.#bytes.length >= WIRE_HEADER_BYTES) {
      const end = WIRE_HEADER_BYTES + this.#bytes.readUInt32BE(12);
      if (this.#bytes.length < end) return;
      const record = this.#bytes.subarray(0, end);
      if (record[0] === 1) this.#onMedia(record);
      else this.#onRecord(record.toString('utf8', WIRE_HEADER_BYTES));
      this.#bytes = this.#bytes.subarray(end);
    }
  }

  #onMedia(record: Buffer): void {
    const source = record.readUInt32BE(4);
    const sequence = record.readUInt32BE(8);
    this.media.push({
      record,
      source,
      sequence,
      unchanged: (record.readUInt16BE(2) & 2) !== 0,
      capturedAtUs: Number(record.readBigUInt64BE(16)),
      relayedAfterUs: record.readUInt32BE(28),
      payload: record.subarray(WIRE_HEADER_BYTES),
      answersBefore: this.answers.entries.length,
    });
    if (this.acknowledges) this.sendControl({ type: 'ack', sequence, source });
  }

  #onRecord(json: string): void {
    const record = CONTROL.parse(JSON.parse(json));
    const ping = PING.safeParse(record);
    const { wallUs } = this.#options;
    if (ping.success && wallUs !== undefined) {
      const at = wallUs();
      const { id, sentAtUs } = ping.data;
      this.sendControl({ type: 'pong', id, sentAtUs, receivedAtUs: at, answeredAtUs: at });
    }
    this.answers.push(record);
  }
}
