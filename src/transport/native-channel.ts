/**
 * One native connection after its socket exists, the same on both sides: control records parsed and
 * written, media written, pings answered and sent, acknowledgements. Owns the record layer; knows no
 * meeting and opens no socket.
 */
import { Allowance } from './allowance.js';
import { ClockOffset } from './clock-offset.js';
import type { Clock } from './clock.js';
import type { ControlRecord } from './control.js';
import { encodeControl, parseControl } from './control.js';
import { MeetError } from './errors.js';
import type { Frame, FrameParts } from './frame.js';
import { mediaHeader } from './frame.js';
import type { Limits } from './limits.js';
import type { NativeSink } from './native-reader.js';
import { NativeReader } from './native-reader.js';
import type { PeerSocket } from './peer-socket.js';
import type { RecordMemory } from './record-memory.js';
import type { Preamble } from './record-header.js';
import { encodePreamble, encodeRecordHeader, sourceOf } from './record-header.js';
import type { RoundTrip } from './round-trip-probe.js';
import type { StreamKind } from './stream-kind.js';

export interface ChannelHandlers {
  /** The peer's first 8 bytes. Throws to refuse them. */
  onPreamble(preamble: Preamble): void;
  /** Every record but ping, pong and ack, which the channel deals with itself. */
  onControl(record: ControlRecord): void;
  onMedia(frame: Frame): void;
  /** As in NativeSink. */
  mayBeginMedia?(): boolean;
  /** `source`: whose stream, from a subscriber. */
  onAck?(sequence: number, source: number | undefined): void;
  onRoundTrip?(roundTrip: RoundTrip): void;
}

export interface ChannelOptions {
  readonly kind: StreamKind;
  /** A control socket's channel: its media are single pictures, as on the screen port. */
  readonly control?: boolean;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly handlers: ChannelHandlers;
  /** Lends the memory of large media; left out: each has its own. */
  readonly memory?: RecordMemory;
}

/** Sources whose sound is counted at a time; a peer may name any of four thousand million. */
const SOURCES_MAX = 1024;

/** Answers to records that can't be read; the rest of a flood of them gets none. */
const COMPLAINTS_AT_ONCE = 32;
const COMPLAINTS_PER_SECOND = 1;

/**
 * Pings that follow each other at once when a connection begins: the first answers come while both
 * sides start, and a clock that is told by one of them alone was up to 40 ms wrong until the next.
 */
const FIRST_PINGS = 5;

/** Sound comes 50 times a second; every fifth chunk is acknowledged. */
export const SOUND_CHUNKS_PER_ACK = 5;

/** It is its own reader's sink, and what few peers need is made when they do: so one is small. */
export class NativeChannel implements NativeSink {
  readonly kind: StreamKind;
  readonly reader: NativeReader;
  /** Whether received media are acknowledged; both sides have said so in hello and welcome. */
  acks = false;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #handlers: ChannelHandlers;
  readonly #preambleKind: StreamKind | 'control';
  #socket: PeerSocket | undefined;
  #complaints: Allowance | undefined;
  #clockOffset: ClockOffset | undefined;
  #pingId = 0;
  /** Those that follow an answer at once. */
  #firstPings = 0;
  #lastPingMs = 0;
  /** When each ping that has no answer yet was sent, by its id: the oldest first. None: undefined. */
  #unanswered: Map<number, number> | undefined;
  /** Sound chunks not yet acknowledged, by source. */
  #unacknowledged: Map<number, number> | undefined;
  /** Of a publisher's sound: the newest chunk that is not acknowledged yet. */
  #lastSound: number | undefined;

  constructor(options: ChannelOptions) {
    const { kind, limits, clock, handlers } = options;
    this.kind = kind;
    this.#preambleKind = options.control === true ? 'control' : kind;
    this.#clock = clock;
    this.#limits = limits;
    this.#handlers = handlers;
    this.reader = new NativeReader(kind, limits, this, options.memory);
  }

  /** The peer's clock minus ours, in microseconds; undefined until it is known. */
  get clockOffsetUs(): number | undefined {
    return this.#clockOffset?.offsetUs;
  }

  attach(socket: PeerSocket): void {
    this.#socket = socket;
  }

  sendPreamble(version?: number): void {
    this.#socket?.write(encodePreamble(this.#preambleKind, version));
  }

  sendControl(record: ControlRecord): void {
    this.#socket?.write(encodeControl(record));
  }

  /** Writes a publisher's frame without copying its payload. False: wait for the socket's drain. */
  sendMedia(parts: FrameParts): boolean {
    const header = encodeRecordHeader(mediaHeader(parts));
    if (parts.payload === undefined) return this.#socket?.write(header) ?? false;
    return this.#socket?.write(header, parts.payload) ?? false;
  }

  /** For a publisher that says bye: the chunks of sound since the last fifth one have come, too. */
  acknowledgeLast(): void {
    if (this.#lastSound !== undefined) this.sendControl({ type: 'ack', sequence: this.#lastSound });
    this.#lastSound = undefined;
  }

  /**
   * Says bye and writes no more, but goes on reading: acknowledgements of the last frames still come.
   * Resolves when the socket is gone.
   */
  async sayBye(reason: string): Promise<void> {
    await this.#socket?.finish(encodeControl({ type: 'bye', reason }));
  }

  /** Last words, then the end. Resolves when the socket is gone. */
  async end(last?: ControlRecord, fault?: MeetError): Promise<void> {
    await this.#socket?.end(last === undefined ? undefined : encodeControl(last), 500, fault);
  }

  /** Sends a ping when one is due; fails the connection when the last few were not answered. */
  tick(nowMs: number): void {
    if (nowMs - this.#lastPingMs < this.#limits['ping-ms']) return;
    const unanswered = this.#unanswered?.size ?? 0;
    if (unanswered >= this.#limits['pings-unanswered']) {
      const words = `the peer answered none of the last ${unanswered} pings`;
      this.#socket?.fail(new MeetError('MEET_PEER_GONE', words));
      return;
    }
    this.ping(nowMs);
  }

  /** From here on the peer's clock and the round trips are followed, those of a few pings at once. */
  followClock(nowMs: number): void {
    this.#clockOffset ??= new ClockOffset();
    this.#firstPings = FIRST_PINGS - 1;
    this.ping(nowMs);
  }

  /** Returns its id. */
  ping(nowMs: number): number {
    this.#lastPingMs = nowMs;
    this.#pingId += 1;
    const sentAtUs = this.#clock.wallUs();
    (this.#unanswered ??= new Map<number, number>()).set(this.#pingId, sentAtUs);
    this.sendControl({ type: 'ping', id: this.#pingId, sentAtUs });
    this.#socket?.expectAnswer();
    return this.#pingId;
  }

  /** Of the reader, as the three below. */
  onPreamble(preamble: Preamble): void {
    this.#handlers.onPreamble(preamble);
  }

  onControl(payload: Buffer): void {
    const record = this.#parse(payload);
    if (record === undefined) return;
    switch (record.type) {
      case 'ping': {
        const now = this.#clock.wallUs();
        const { id, sentAtUs } = record;
        this.sendControl({ type: 'pong', id, sentAtUs, receivedAtUs: now, answeredAtUs: now });
        break;
      }
      case 'pong':
        this.#takePong(record);
        break;
      case 'ack':
        this.#handlers.onAck?.(record.sequence, record.source);
        break;
      default:
        this.#handlers.onControl(record);
    }
  }

  mayBeginMedia(): boolean {
    return this.#handlers.mayBeginMedia?.() ?? true;
  }

  onMedia(frame: Frame): void {
    // Who carries a frame on writes a source of its own into its record.
    const source = sourceOf(frame.record);
    this.#handlers.onMedia(frame);
    if (this.acks) this.#acknowledge(frame, source);
  }

  /** A pong that answers no ping of ours says nothing: with it a peer could change its clock at will. */
  #takePong({ id, receivedAtUs, answeredAtUs }: ControlRecord & { type: 'pong' }): void {
    const unanswered = this.#unanswered;
    const sentAtUs = unanswered?.get(id);
    if (unanswered === undefined || sentAtUs === undefined) return;
    for (const older of unanswered.keys()) if (older <= id) unanswered.delete(older);
    if (unanswered.size === 0) this.#unanswered = undefined;
    if (this.#clockOffset === undefined) return;
    const returnedAtUs = this.#clock.wallUs();
    const us = this.#clockOffset.add({ sentAtUs, receivedAtUs, answeredAtUs, returnedAtUs });
    this.#handlers.onRoundTrip?.({ id, ms: us / 1000 });
    if (this.#firstPings === 0) return;
    this.#firstPings -= 1;
    this.ping(this.#clock.now());
  }

  /** A record that can't be read is answered, so often as makes sense, and the connection stays. */
  #parse(payload: Buffer): ControlRecord | undefined {
    try {
      return parseControl(payload);
    } catch (thrown) {
      if (!(thrown instanceof MeetError)) throw thrown;
      this.#complaints ??= new Allowance(COMPLAINTS_AT_ONCE, COMPLAINTS_PER_SECOND, this.#clock);
      if (this.#complaints.spendWhole(1)) this.#complain(thrown);
      return undefined;
    }
  }

  #complain({ code, message }: MeetError): void {
    this.sendControl({ type: 'error', code, message });
  }

  #acknowledge(frame: Frame, source: number): void {
    if (frame.kind === 'audio') {
      const chunks = (this.#unacknowledged?.get(source) ?? 0) + 1;
      this.#lastSound = chunks < SOUND_CHUNKS_PER_ACK ? frame.sequence : undefined;
      if (chunks < SOUND_CHUNKS_PER_ACK) {
        this.#count(source, chunks);
        return;
      }
      this.#unacknowledged?.delete(source);
    }
    const { sequence } = frame;
    this.sendControl({ type: 'ack', sequence, ...(source === 0 ? {} : { source }) });
  }

  #count(source: number, chunks: number): void {
    const counts = (this.#unacknowledged ??= new Map<number, number>());
    counts.set(source, chunks);
    if (counts.size <= SOURCES_MAX) return;
    const [oldest] = counts.keys();
    if (oldest !== undefined) counts.delete(oldest);
  }
}
