/**
 * One client of the older programs: up to three plain connections that are one participant, and
 * their frames into the hub. Owns the numbering of its frames; parses no pickle itself.
 */
import type { Clock } from '../transport/clock.js';
import type { MeetError } from '../transport/errors.js';
import { makeFrame } from '../transport/frame.js';
import { isLoopback } from '../transport/network-address.js';
import type { StreamFormat, StreamKind } from '../transport/stream-kind.js';
import type { Hub } from './hub.js';
import { DEFAULT_ROOM } from './attendance.js';
import type { OlderFeed } from './older-feed.js';
import type { Participant, Stream, StreamCarrier } from './participant.js';
import type { PicturePool, PictureStream } from './picture-encoding/picture-pool.js';
import { sentAway, streamSentAway } from './sent-away.js';

export interface OlderClientOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly address: string;
  /** Unique in the daemon's life. */
  readonly session: string;
  readonly pool: PicturePool;
  /** What its video connection is shown. */
  readonly feed: OlderFeed;
  /** A frame that can't be used ends its connection. */
  readonly refuse: (kind: StreamKind, fault: MeetError) => void;
  /** It has left, but its last pictures are still worked on. */
  readonly onLeaving: (left: Promise<void>) => void;
}

/** The way back on an older client's video connection. */
export interface OlderBackChannel {
  /** False: not before the socket has drained. */
  write(bytes: Buffer): boolean;
}

/** meet-protocol(7), "The older plain framing". */
const OLDER_SOUND: StreamFormat = { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 2 };

/** An older client understands no words; what the host has stopped is dropped at the door. */
const UNTELLABLE: Omit<StreamCarrier, 'kick'> = {
  tellWanted: () => undefined,
  tellHeld: () => undefined,
  makeWay: () => undefined,
};

export class OlderClient {
  readonly #options: OlderClientOptions;
  readonly #sequences = new Map<StreamKind, number>();
  readonly #open = new Set<StreamKind>();
  #participant: Participant | undefined;
  #stopListening: (() => void) | undefined;
  #pictures: PictureStream | undefined;
  #countedDrops = 0;
  #viewer: { ready: boolean; participant: Participant; show: (bytes: Buffer) => void } | undefined;

  constructor(options: OlderClientOptions) {
    this.#options = options;
  }

  /** A connection of this client: each one once. What others show goes back on the video one. */
  enter(kind: StreamKind, back: OlderBackChannel): void {
    const { hub, address, session, feed } = this.#options;
    this.#open.add(kind);
    const participant = hub.enter({
      name: address,
      room: DEFAULT_ROOM,
      session,
      origin: 'older',
      address,
      publishes: true,
      plaintext: !isLoopback(address),
    });
    this.#participant = participant;
    this.#stopListening ??= hub.subscribe({
      onKicked: (kicked) => {
        if (kicked === participant) this.#sendAway();
      },
    });
    if (kind !== 'video') return;
    const viewer = {
      participant,
      ready: true,
      show: (bytes: Buffer) => {
        viewer.ready = back.write(bytes);
      },
    };
    this.#viewer = viewer;
    hub.setWatching(participant, 1);
    feed.add(viewer);
    hub.updateWanted();
  }

  /** The video connection takes more again. */
  drained(): void {
    if (this.#viewer === undefined) return;
    this.#viewer.ready = true;
    this.#options.feed.refresh(this.#viewer);
  }

  /** A connection of this client is gone. Idempotent for each kind. */
  exit(kind: StreamKind, reason: string): void {
    const participant = this.#participant;
    if (!this.#open.delete(kind) || participant === undefined) return;
    if (kind === 'video') this.#stopShowing(participant);
    if (kind !== 'video' || this.#pictures === undefined) this.#leave(participant, kind, reason);
    else {
      const leave = (): void => {
        this.#leave(participant, kind, reason);
      };
      this.#options.onLeaving(this.#pictures.finish().then(leave));
    }
  }

  #leave(participant: Participant, kind: StreamKind, reason: string): void {
    const { hub } = this.#options;
    if (this.#open.size === 0) this.#stopListening?.();
    const stream = participant.streams.get(kind);
    if (stream !== undefined) {
      if (kind === 'video') this.#countDrops(stream);
      hub.setSelf(participant, stream, 'off', reason);
    }
    hub.exit(participant, true, reason);
  }

  /** The host has sent it away: it can only be told by closing, silent connections included. */
  #sendAway(): void {
    this.#pictures?.close();
    for (const kind of [...this.#open]) this.#options.refuse(kind, sentAway());
  }

  #stopShowing(participant: Participant): void {
    const { hub, feed } = this.#options;
    if (this.#viewer === undefined) return;
    feed.remove(this.#viewer);
    this.#viewer = undefined;
    hub.setWatching(participant, -1);
    hub.updateWanted();
  }

  /** A whole frame with 32 bytes of room in front. */
  publish(kind: StreamKind, record: Buffer): void {
    const participant = this.#participant;
    if (participant === undefined) return;
    const { clock } = this.#options;
    const capturedAtUs = clock.wallUs();
    const stream = participant.streams.get(kind) ?? this.#openStream(participant, kind);
    if (kind === 'video') {
      this.#pictures ??= this.#openPictures(participant, stream);
      this.#pictures.offer(record, capturedAtUs);
    } else this.#publishRecord(participant, stream, record, capturedAtUs, 0);
  }

  #openStream(participant: Participant, kind: StreamKind): Stream {
    const { hub } = this.#options;
    const format = kind === 'audio' ? OLDER_SOUND : undefined;
    const stream = hub.openStream(participant, kind, format);
    hub.carry(participant, stream, {
      ...UNTELLABLE,
      kick: () => {
        if (kind === 'video') this.#pictures?.close();
        this.#options.refuse(kind, streamSentAway(kind));
      },
    });
    return stream;
  }

  /** The stream's place in the pool that turns pickled arrays into JPEGs, off this thread. */
  #openPictures(participant: Participant, stream: Stream): PictureStream {
    const { pool, refuse } = this.#options;
    return pool.open('to-jpeg', {
      onPicture: ({ bytes, capturedAtUs, tookUs }) => {
        this.#countDrops(stream);
        this.#publishRecord(participant, stream, bytes, capturedAtUs, tookUs);
      },
      onRefused: (fault) => {
        refuse('video', fault);
      },
    });
  }

  /** Counts what was dropped of its camera's pictures since the last one. */
  #countDrops(stream: Stream): void {
    const dropped = this.#pictures?.counts.dropped ?? 0;
    stream.stats.drop(dropped - this.#countedDrops);
    this.#countedDrops = dropped;
  }

  #publishRecord(
    participant: Participant,
    stream: Stream,
    record: Buffer,
    capturedAtUs: number,
    encodedAfterUs: number,
  ): void {
    const { kind } = stream;
    const sequence = this.#sequences.get(kind) ?? 0;
    this.#sequences.set(kind, sequence + 1);
    const frame = makeFrame({ kind, sequence, capturedAtUs, encodedAfterUs }, record);
    this.#options.hub.publish(participant, stream, frame, 0);
  }
}
