/**
 * A participant and its streams, as the meeting sees them. Owns names, numbers and states; knows no
 * socket and keeps no frame but the newest picture of each stream.
 */
import type { Frame } from '../transport/frame.js';
import type { StreamFormat, StreamKind } from '../transport/stream-kind.js';
import { StreamStats } from './stream-stats.js';

/** How a participant came: with the native framing, or with the older plain one. */
export type Origin = 'native' | 'older';

/** on: frames are due. stalled: the device gives nothing just now. off: nothing is to come. */
export type StreamState = 'on' | 'off' | 'stalled';

/** Who turned a stream off or on. */
export type Actor = 'self' | 'host';

/** The connection that carries a stream now, as far as the meeting speaks to it. */
export interface StreamCarrier {
  /** Whether anybody watches or records the stream. */
  tellWanted(wanted: boolean): void;
  /** The host has stopped the stream, or lets it go on. */
  tellHeld(held: boolean, atUs: number): void;
  /** The host has sent the participant away, or this stream alone. */
  kick(alone: boolean): void;
  /** A newer session of the same key carries the participant on. */
  makeWay(): void;
}

/** Off by itself and off by the host are two states; neither undoes the other. */
export class Stream {
  readonly kind: StreamKind;
  readonly stats: StreamStats;
  /** What its publisher says and does. Off until its first frame. */
  self: StreamState = 'off';
  selfSinceUs: number;
  /** Whether the host lets it be heard and seen. */
  host: 'on' | 'off' = 'on';
  hostSinceUs: number;
  /** Why it is off or stalled by itself, cleaned. */
  reason: string | undefined;
  format: StreamFormat | undefined;
  #newest: Frame | undefined;
  lastFrameMs: number;
  /** The publisher's clock minus ours, as last estimated; undefined until it is known. */
  clockOffsetUs: number | undefined;
  carrier: StreamCarrier | undefined;
  /** Its publisher has said nothing of it and sent nothing yet. */
  isUntold = true;
  /** What the carrier was told last. */
  wanted = true;

  constructor(kind: StreamKind, nowMs: number, nowUs: number) {
    this.kind = kind;
    this.stats = new StreamStats(nowMs);
    this.lastFrameMs = nowMs;
    this.selfSinceUs = nowUs;
    this.hostSinceUs = nowUs;
  }

  /**
   * The newest picture that is not an `unchanged` record; undefined for sound. Whoever keeps it
   * holds its lease.
   */
  get newest(): Frame | undefined {
    return this.#newest;
  }

  set newest(frame: Frame | undefined) {
    frame?.lease?.hold();
    this.#newest?.lease?.release();
    this.#newest = frame;
  }

  /** What others see. */
  get state(): StreamState {
    return this.host === 'off' ? 'off' : this.self;
  }

  get by(): Actor {
    return this.host === 'off' ? 'host' : 'self';
  }
}

/** Who comes in. */
export interface JoinRequest {
  /** As the peer sent it; cleaned here. */
  readonly name: string;
  readonly room: string;
  readonly session: string;
  readonly origin: Origin;
  readonly address: string;
  /** Its public key, proven. */
  readonly key?: string | undefined;
  /** It sends streams, or is about to. */
  readonly publishes?: boolean;
  /** What it sends and gets crosses a network unencrypted. */
  readonly plaintext?: boolean;
}

export interface ParticipantOptions {
  /** 1 to 2^32-1, unique in the daemon's life. */
  readonly number: number;
  /** Cleaned and unique in its room. */
  readonly name: string;
  readonly room: string;
  readonly origin: Origin;
  readonly address: string;
  readonly session: string;
  readonly joinedAtUs: number;
  /** Its public key, proven; undefined: it has none. */
  readonly key: string | undefined;
  /** It sends streams, or is about to. */
  readonly publishes: boolean;
  /** What it sends and gets crosses a network unencrypted. */
  readonly plaintext: boolean;
}

export class Participant {
  readonly number: number;
  readonly name: string;
  readonly room: string;
  readonly origin: Origin;
  readonly address: string;
  /** A newer one of the same key may take it over. */
  session: string;
  readonly joinedAtUs: number;
  readonly key: string | undefined;
  publishes: boolean;
  plaintext: boolean;
  readonly streams = new Map<StreamKind, Stream>();
  /** Connections that carry this participant now. */
  connections = 0;
  /** Connections that watch, among them. */
  watching = 0;
  hand = false;
  /** Kinds that the host has stopped, those that have no stream yet among them; since when. */
  readonly held = new Map<StreamKind, number>();
  /** Cancels the end of a participant whose connections are lost; undefined while it has one. */
  cancelLeaving: (() => void) | undefined;

  constructor(options: ParticipantOptions) {
    this.number = options.number;
    this.name = options.name;
    this.room = options.room;
    this.origin = options.origin;
    this.address = options.address;
    this.session = options.session;
    this.joinedAtUs = options.joinedAtUs;
    this.key = options.key;
    this.publishes = options.publishes;
    this.plaintext = options.plaintext;
  }

  get away(): boolean {
    return this.connections === 0;
  }
}
