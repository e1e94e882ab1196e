/**
 * One native connection on the daemon's side: its handshake, then whichever role it asked for. Owns
 * the connection until it is greeted; what a publisher or a viewer does is its role's affair.
 *
 *   GREETING ──hello──> publisher or viewer ──bye or lost──> ENDED
 *       └──anything else──> refused, ENDED
 */
import { cleanText } from '../transport/clean-text.js';
import type { Clock } from '../transport/clock.js';
import type { ControlRecord, Hello } from '../transport/control.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import type { ErrorCode } from '../transport/errors.js';
import type { Frame } from '../transport/frame.js';
import type { Limits } from '../transport/limits.js';
import { NativeChannel } from '../transport/native-channel.js';
import type { PeerSocket } from '../transport/peer-socket.js';
import type { RecordMemory } from '../transport/record-memory.js';
import type { Preamble } from '../transport/record-header.js';
import { PROTOCOL_VERSION, PROTOCOL_VERSIONS } from '../transport/record-header.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { KIND_NUMBER, kindFromNumber } from '../transport/stream-kind.js';
import type { ChatFloor } from './chat-floor.js';
import type { Hub } from './hub.js';
import { DEFAULT_ROOM } from './hub.js';
import type { Participant } from './participant.js';
import { PublisherRole } from './publisher-role.js';
import type { Roster } from './roster.js';
import { ViewerRole } from './viewer-role.js';

/** A reason is a sentence, not a text. */
export const REASON_CODE_POINTS = 200;
const REASON_CELLS = 200;

/** What all peers of a daemon share. */
export interface PeerContext {
  readonly hub: Hub;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly roster: Roster;
  readonly chat: ChatFloor;
  readonly software: string;
  /** Lends all connections the memory of large frames. */
  readonly memory: RecordMemory;
  /** The ports listened on, for the words to those who took the wrong one. */
  readonly ports: () => Readonly<Record<StreamKind, number>>;
  /** Sessions that the host has sent away. */
  readonly isKicked: (session: string) => boolean;
}

/** What a greeted connection does. Calls are synchronous. */
export interface PeerRole {
  /** Records of the role; true when it was one. */
  onControl(record: ControlRecord): boolean;
  onMedia(frame: Frame): void;
  onAck(sequence: number, source: number | undefined): void;
  onRoundTrip(roundTripMs: number): void;
  onDrain(): void;
  tick(nowMs: number): void;
  /** The connection is gone; `saidBye` is the reason that it gave, if it gave one. */
  gone(reason: string, saidBye: boolean): void;
}

/** What a role may do with its connection. */
export interface RoleContext extends PeerContext {
  readonly channel: NativeChannel;
  readonly socket: PeerSocket;
  readonly kind: StreamKind;
  readonly participant: Participant;
  readonly refuse: (code: ErrorCode, message: string) => void;
  /** The connection is no longer one of the participant's, before its socket has gone. */
  readonly leave: () => void;
}

export class NativePeer {
  readonly channel: NativeChannel;
  readonly #context: PeerContext;
  readonly #socket: PeerSocket;
  readonly #kind: StreamKind;
  readonly #openedAtMs: number;
  #participant: Participant | undefined;
  #role: PeerRole | undefined;
  #saidBye: string | undefined;
  #ended = false;

  constructor(context: PeerContext, socket: PeerSocket, kind: StreamKind) {
    this.#context = context;
    this.#socket = socket;
    this.#kind = kind;
    this.#openedAtMs = context.clock.now();
    this.channel = new NativeChannel({
      kind,
      limits: context.limits,
      clock: context.clock,
      memory: context.memory,
      handlers: {
        onPreamble: (preamble) => {
          this.#onPreamble(preamble);
        },
        onControl: (record) => {
          this.#onControl(record);
        },
        onMedia: (frame) => {
          if (this.#ended) return;
          if (this.#role === undefined) this.#refuse('MEET_PROTOCOL', 'media came before hello');
          else this.#role.onMedia(frame);
        },
        onAck: (sequence, source) => this.#role?.onAck(sequence, source),
        onRoundTrip: (roundTripMs) => this.#role?.onRoundTrip(roundTripMs),
      },
    });
    this.channel.attach(socket);
  }

  /** Whether the handshake is over. */
  get greeted(): boolean {
    return this.#role !== undefined;
  }

  onDrain(): void {
    this.#role?.onDrain();
  }

  /** The handshake must end in time; after it, pings tell whether the peer lives. */
  tick(nowMs: number): void {
    if (this.#ended) return;
    if (this.#role !== undefined) {
      this.channel.tick(nowMs);
      this.#role.tick(nowMs);
      return;
    }
    const limitMs = this.#context.limits['header-ms'];
    if (nowMs - this.#openedAtMs <= limitMs) return;
    this.#refuse('MEET_HEADER_TIMEOUT', `no hello came in ${limitMs} ms (--limit header-ms=MS)`);
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
    const participant = this.#participant;
    if (participant === undefined) return;
    const reason = this.#saidBye ?? fault?.message ?? 'the connection was closed';
    const saidBye = this.#saidBye !== undefined;
    this.#role?.gone(reason, saidBye);
    this.#context.hub.exit(participant, saidBye, reason);
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
    const participant = this.#participant;
    if (participant === undefined) {
      if (record.type === 'hello') this.#onHello(record);
      else this.#refuse('MEET_PROTOCOL', `"${record.type}" came before hello`);
    } else if (record.type === 'bye') {
      this.#saidBye = cleanReason(record.reason);
      void this.#socket.close();
    } else if (record.type !== 'error' && !this.#onCommon(participant, record)) {
      if (this.#role?.onControl(record) !== true) this.#reject(record);
    }
  }

  /** Records that publishers and viewers have in common. */
  #onCommon(participant: Participant, record: ControlRecord): boolean {
    if (record.type === 'chat') this.#onChat(participant, record.text);
    else if (record.type === 'hand') this.#context.hub.setHand(participant, record.up);
    else return false;
    return true;
  }

  #onChat(participant: Participant, text: string): void {
    try {
      this.#context.chat.say(participant, text);
    } catch (thrown) {
      const { code, message } = asMeetError(thrown);
      this.channel.sendControl({ type: 'error', code, message });
    }
  }

  #reject(record: ControlRecord): void {
    this.channel.sendControl({
      type: 'error',
      code: 'MEET_CONTROL_INVALID',
      message: `"${record.type}" is not for a client in this role to send`,
    });
  }

  #onHello(hello: Hello): void {
    const { hub, clock, isKicked } = this.#context;
    if (!hello.versions.includes(PROTOCOL_VERSION)) {
      this.#refuse('MEET_VERSION', `versions ${hello.versions.join(', ')}: ${versions()}`, {
        versions: [...PROTOCOL_VERSIONS],
      });
      return;
    }
    if (isKicked(hello.session)) {
      this.#refuse('MEET_NOT_ADMITTED', 'the host sent this participant away');
      return;
    }
    const participant = hub.enter({
      name: hello.name,
      room: hello.room ?? DEFAULT_ROOM,
      session: hello.session,
      origin: 'native',
      address: this.#socket.remoteAddress,
    });
    this.#participant = participant;
    this.channel.acks = hello.acks === true;
    this.#welcome(participant);
    const context: RoleContext = {
      ...this.#context,
      channel: this.channel,
      socket: this.#socket,
      kind: this.#kind,
      participant,
      refuse: (code, message) => {
        this.#refuse(code, message);
      },
      leave: () => {
        this.gone(undefined);
      },
    };
    this.#role =
      hello.role === 'publish' ? new PublisherRole(context, hello) : new ViewerRole(context, hello);
    this.channel.ping(clock.now());
  }

  #welcome(participant: Participant): void {
    const { roster, limits, software } = this.#context;
    const { entries, more } = roster.beginning(participant.room);
    this.channel.sendControl({
      type: 'welcome',
      version: PROTOCOL_VERSION,
      participant: participant.number,
      name: participant.name,
      room: participant.room,
      roster: entries,
      ...(more ? { more } : {}),
      limits: {
        payloadBytes: limits[this.#kind === 'audio' ? 'pcm-bytes' : 'jpeg-bytes'],
        controlBytes: limits['control-bytes'],
      },
      pingMs: limits['ping-ms'],
      acks: this.channel.acks,
      software,
    });
  }

  #refuse(code: ErrorCode, message: string, more: { versions?: number[] } = {}): void {
    const fault = new MeetError(code, message);
    void this.channel.end({ type: 'refused', code, message, ...more }, fault);
  }
}

/** A peer's reason, safe to show. */
export function cleanReason(reason: string): string {
  return cleanText(reason, REASON_CODE_POINTS, REASON_CELLS);
}

function versions(): string {
  return `this daemon speaks version ${PROTOCOL_VERSIONS.join(', ')}`;
}
