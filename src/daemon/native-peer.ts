/**
 * One native connection on the daemon's side: its handshake, and its publisher's frames into the
 * hub. Owns the connection's part in a participant; relays nothing.
 *
 *   GREETING ──hello──> PUBLISHING ──bye or lost──> ENDED
 *       └──anything else──> refused, ENDED
 */
import { cleanText } from '../transport/clean-text.js';
import type { Clock } from '../transport/clock.js';
import type { ControlRecord, Hello } from '../transport/control.js';
import { MeetError } from '../transport/errors.js';
import type { ErrorCode } from '../transport/errors.js';
import type { Frame } from '../transport/frame.js';
import type { Limits } from '../transport/limits.js';
import { NativeChannel } from '../transport/native-channel.js';
import type { PeerSocket } from '../transport/peer-socket.js';
import type { Preamble } from '../transport/record-header.js';
import { KIND_CODEC, PROTOCOL_VERSION, PROTOCOL_VERSIONS } from '../transport/record-header.js';
import type { StreamFormat, StreamKind } from '../transport/stream-kind.js';
import { KIND_NUMBER, kindFromNumber } from '../transport/stream-kind.js';
import { DEFAULT_ROOM } from './hub.js';
import type { Hub } from './hub.js';
import type { Participant, Stream, StreamState } from './participant.js';

/** A reason is a sentence, not a text. */
const REASON_CODE_POINTS = 200;
const REASON_CELLS = 200;

/** What all peers of a daemon share. */
export interface PeerContext {
  readonly hub: Hub;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly software: string;
  /** The ports listened on, for the words to those who took the wrong one. */
  readonly ports: () => Readonly<Record<StreamKind, number>>;
  /** Which connection carries a stream now: the newest. */
  readonly carriers: WeakMap<Stream, NativePeer>;
}

export class NativePeer {
  readonly channel: NativeChannel;
  readonly #context: PeerContext;
  readonly #socket: PeerSocket;
  readonly #kind: StreamKind;
  #participant: Participant | undefined;
  #stream: Stream | undefined;
  #saidBye: string | undefined;
  #ended = false;
  readonly #openedAtMs: number;

  constructor(context: PeerContext, socket: PeerSocket, kind: StreamKind) {
    this.#context = context;
    this.#socket = socket;
    this.#kind = kind;
    this.#openedAtMs = context.clock.now();
    this.channel = new NativeChannel({
      kind,
      limits: context.limits,
      clock: context.clock,
      handlers: {
        onPreamble: (preamble) => {
          this.#onPreamble(preamble);
        },
        onControl: (record) => {
          this.#onControl(record);
        },
        onMedia: (frame) => {
          this.#onMedia(frame);
        },
      },
    });
    this.channel.attach(socket);
  }

  /** The handshake must end in time; after it, pings tell whether the peer lives. */
  tick(nowMs: number): void {
    if (this.#ended) return;
    if (this.greeted) {
      this.channel.tick(nowMs);
      return;
    }
    const limitMs = this.#context.limits['header-ms'];
    if (nowMs - this.#openedAtMs <= limitMs) return;
    this.#refuse('MEET_HEADER_TIMEOUT', `no hello came in ${limitMs} ms (--limit header-ms=MS)`);
  }

  /** Whether the handshake is over. */
  get greeted(): boolean {
    return this.#participant !== undefined;
  }

  /** Says bye and closes. */
  async close(reason: string, retryAfterMs: number): Promise<void> {
    if (!this.greeted) await this.#socket.close();
    else await this.channel.end({ type: 'bye', reason, retryAfterMs });
  }

  /** The socket is gone. Idempotent. */
  gone(fault: MeetError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    const { hub, carriers } = this.#context;
    const participant = this.#participant;
    const stream = this.#stream;
    if (participant === undefined || stream === undefined) return;
    const reason = this.#saidBye ?? fault?.message ?? 'the connection was closed';
    if (carriers.get(stream) === this) {
      carriers.delete(stream);
      const state = this.#saidBye === undefined ? 'stalled' : 'off';
      hub.setStreamState(participant, stream, state, 'self', reason);
    }
    hub.exit(participant, this.#saidBye !== undefined, reason);
  }

  #onPreamble(preamble: Preamble): void {
    this.channel.sendPreamble();
    if (preamble.version !== PROTOCOL_VERSION) {
      const words = `version ${preamble.version} is not spoken here, ${versions()}`;
      this.#refuse('MEET_VERSION', words, { versions: [...PROTOCOL_VERSIONS] });
    } else if (preamble.kindNumber !== KIND_NUMBER[this.#kind]) {
      this.#refuse('MEET_WRONG_PORT', this.#wrongPort(preamble.kindNumber));
    }
  }

  #wrongPort(kindNumber: number): string {
    const kind = kindFromNumber(kindNumber);
    if (kind === undefined) return `kind ${kindNumber} is not known: 1 screen, 2 video, 3 audio`;
    return `this is the ${this.#kind} port; ${kind} goes to port ${this.#context.ports()[kind]}`;
  }

  #onControl(record: ControlRecord): void {
    if (this.#ended) return;
    if (!this.greeted) {
      if (record.type === 'hello') this.#onHello(record);
      else this.#refuse('MEET_PROTOCOL', `"${record.type}" came before hello`);
      return;
    }
    switch (record.type) {
      case 'format':
        this.#onFormat(record.format);
        break;
      case 'stream':
        this.#onState(record.state, record.reason);
        break;
      case 'bye':
        this.#saidBye = cleanText(record.reason, REASON_CODE_POINTS, REASON_CELLS);
        void this.#socket.close();
        break;
      case 'error':
        break;
      default:
        this.channel.sendControl({
          type: 'error',
          code: 'MEET_CONTROL_INVALID',
          message: `"${record.type}" is not for a publisher to send here`,
        });
    }
  }

  #onHello(hello: Hello): void {
    if (!hello.versions.includes(PROTOCOL_VERSION)) {
      this.#refuse('MEET_VERSION', `versions ${hello.versions.join(', ')}: ${versions()}`, {
        versions: [...PROTOCOL_VERSIONS],
      });
      return;
    }
    if (hello.role !== 'publish') {
      this.#refuse('MEET_NOT_ADMITTED', 'this daemon takes publishers only, hello.role: "publish"');
      return;
    }
    const { hub } = this.#context;
    const participant = hub.enter({
      name: hello.name,
      room: hello.room ?? DEFAULT_ROOM,
      session: hello.session,
      origin: 'native',
      address: this.#socket.remoteAddress,
    });
    this.#participant = participant;
    this.#stream = hub.openStream(participant, this.#kind);
    if (hello.nextSequence !== undefined) this.#stream.stats.expect(hello.nextSequence);
    this.#takeOver(this.#stream);
    this.channel.acks = hello.acks === true;
    this.#welcome(participant);
    if (hello.format !== undefined) this.#onFormat(hello.format);
    this.channel.ping(this.#context.clock.now());
  }

  /** A newer connection carries the stream; not a bye, on which this one would come back. */
  makeWay(): void {
    this.#refuse('MEET_TAKEN_OVER', 'another connection of the same session took over');
  }

  /** An older connection of the same stream makes way. */
  #takeOver(stream: Stream): void {
    const { carriers } = this.#context;
    const former = carriers.get(stream);
    carriers.set(stream, this);
    // It leaves now and not when its socket has gone: until then it would count as a connection.
    former?.gone(undefined);
    former?.makeWay();
  }

  #welcome(participant: Participant): void {
    const { hub, limits, software } = this.#context;
    const roster = [...hub.participants]
      .filter((other) => other.room === participant.room)
      .map(({ number, name, streams }) => ({
        participant: number,
        name,
        streams: [...streams.keys()],
      }));
    this.channel.sendControl({
      type: 'welcome',
      version: PROTOCOL_VERSION,
      participant: participant.number,
      name: participant.name,
      room: participant.room,
      roster,
      limits: {
        payloadBytes: limits[this.#kind === 'audio' ? 'pcm-bytes' : 'jpeg-bytes'],
        controlBytes: limits['control-bytes'],
      },
      pingMs: limits['ping-ms'],
      acks: this.channel.acks,
      software,
    });
  }

  #onFormat(format: StreamFormat): void {
    const expected = KIND_CODEC[this.#kind];
    if (format.codec === expected) {
      if (this.#stream !== undefined) this.#stream.format = format;
      return;
    }
    this.channel.sendControl({
      type: 'error',
      code: 'MEET_CONTROL_INVALID',
      message: `format ${format.codec} on the ${this.#kind} port, expected ${expected}`,
    });
  }

  #onState(state: StreamState, reason: string | undefined): void {
    const participant = this.#participant;
    const stream = this.#stream;
    if (participant === undefined || stream === undefined) return;
    const words =
      reason === undefined ? undefined : cleanText(reason, REASON_CODE_POINTS, REASON_CELLS);
    this.#context.hub.setStreamState(participant, stream, state, 'self', words);
  }

  #onMedia(frame: Frame): void {
    const participant = this.#participant;
    const stream = this.#stream;
    if (participant === undefined || stream === undefined) {
      this.#refuse('MEET_PROTOCOL', 'media came before hello was answered');
      return;
    }
    if (this.#ended || this.#context.carriers.get(stream) !== this) return;
    if (frame.kind === 'audio' && stream.format === undefined) {
      this.#refuse('MEET_PROTOCOL', 'sound came before its format: send it in hello or "format"');
      return;
    }
    const sampleBytes = stream.format?.codec === 'pcm-s16le' ? stream.format.channels * 2 : 1;
    if (frame.kind === 'audio' && frame.payload.length % sampleBytes !== 0) {
      this.#refuse(
        'MEET_FRAME_MALFORMED',
        `sound of ${frame.payload.length} bytes, expected a multiple of ${sampleBytes} (s16le, all channels)`,
      );
      return;
    }
    this.#context.hub.publish(participant, stream, frame, this.channel.clockOffset.offsetUs);
  }

  #refuse(code: ErrorCode, message: string, more: { versions?: number[] } = {}): void {
    const fault = new MeetError(code, message);
    void this.channel.end({ type: 'refused', code, message, ...more }, fault);
  }
}

function versions(): string {
  return `this daemon speaks version ${PROTOCOL_VERSIONS.join(', ')}`;
}
