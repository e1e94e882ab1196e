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

export class Stream {
  readonly kind: StreamKind;
  readonly stats: StreamStats;
  /** Off until its first frame. */
  state: StreamState = 'off';
  by: Actor = 'self';
  format: StreamFormat | undefined;
  /** The newest picture that is not an `unchanged` record; undefined for sound. */
  newest: Frame | undefined;
  lastFrameMs: number;

  constructor(kind: StreamKind, nowMs: number) {
    this.kind = kind;
    this.stats = new StreamStats(nowMs);
    this.lastFrameMs = nowMs;
  }
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
}

export class Participant {
  readonly number: number;
  readonly name: string;
  readonly room: string;
  readonly origin: Origin;
  readonly address: string;
  readonly session: string;
  readonly joinedAtUs: number;
  readonly streams = new Map<StreamKind, Stream>();
  /** Connections that carry this participant now. */
  connections = 0;
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
  }

  get away(): boolean {
    return this.connections === 0;
  }
}
