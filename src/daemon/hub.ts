/**
 * The meeting: who is there, which streams they have, and who gets their frames. Owns participants,
 * streams and subscribers; knows no socket and no file, and does not assume that a publisher is a
 * local connection.
 *
 *   publish(participant, frame) ──> stats ──> subscriber.onFrame ──> ... (synchronous, no copy)
 */
import { cleanName, shortenName } from '../transport/clean-text.js';
import type { Clock } from '../transport/clock.js';
import type { Frame } from '../transport/frame.js';
import type { Limits } from '../transport/limits.js';
import { stampRelay } from '../transport/record-header.js';
import type { StreamFormat, StreamKind } from '../transport/stream-kind.js';
import type { Actor, Origin, StreamState } from './participant.js';
import { Participant, Stream } from './participant.js';

/** Who is told what happens. All calls are synchronous and must not throw. */
export interface HubSubscriber {
  onJoined?(participant: Participant): void;
  onLeft?(participant: Participant, reason: string): void;
  onStream?(participant: Participant, stream: Stream, reason?: string): void;
  /** `lost`: frames of this stream that should have come between the last one and this one. */
  onFrame?(participant: Participant, stream: Stream, frame: Frame, lost: number): void;
}

export interface JoinRequest {
  /** As the peer sent it; cleaned here. */
  readonly name: string;
  readonly room: string;
  readonly session: string;
  readonly origin: Origin;
  readonly address: string;
}

export const DEFAULT_ROOM = 'main';

/** Time without a frame after which a stream is shown as stalled, in ms. */
const STALLED_AFTER_MS = 3000;

export class Hub {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #participants = new Map<string, Participant>();
  readonly #subscribers = new Set<HubSubscriber>();
  /** Participants without a connection, the one that is away longest first. */
  readonly #away = new Set<Participant>();
  #nextNumber = 1;

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get participants(): Iterable<Participant> {
    return this.#participants.values();
  }

  /** Returns what ends the subscription. */
  subscribe(subscriber: HubSubscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
    };
  }

  /**
   * A connection of a participant: the first one of a session joins, a further one (or one that
   * comes back) is tied to it.
   */
  enter(request: JoinRequest): Participant {
    const known = this.#participants.get(request.session);
    const participant = known ?? this.#join(request);
    participant.connections += 1;
    participant.cancelLeaving?.();
    participant.cancelLeaving = undefined;
    this.#away.delete(participant);
    return participant;
  }

  /** A connection of a participant is gone; for good when it said so. */
  exit(participant: Participant, forGood: boolean, reason: string): void {
    participant.connections -= 1;
    if (participant.connections > 0) return;
    const leave = (): void => {
      this.#leave(participant, reason);
    };
    if (forGood) leave();
    else {
      participant.cancelLeaving = this.#clock.after(this.#limits['away-ms'], leave);
      this.#away.add(participant);
      this.#boundAway();
    }
  }

  /** The participant's stream of that kind, made when it is new. */
  openStream(participant: Participant, kind: StreamKind, format?: StreamFormat): Stream {
    const known = participant.streams.get(kind);
    const stream = known ?? new Stream(kind, this.#clock.now());
    stream.lastFrameMs = this.#clock.now();
    participant.streams.set(kind, stream);
    if (format !== undefined) stream.format = format;
    return stream;
  }

  setStreamState(
    participant: Participant,
    stream: Stream,
    state: StreamState,
    by: Actor,
    reason?: string,
  ): void {
    if (stream.state === state && stream.by === by) return;
    stream.state = state;
    stream.by = by;
    this.#tell((subscriber) => subscriber.onStream?.(participant, stream, reason));
  }

  /**
   * Gives a frame to all subscribers. `clockOffsetUs`: the publisher's clock minus ours; undefined
   * while it is not known, when nothing can be said of the frame's age.
   */
  publish(
    participant: Participant,
    stream: Stream,
    frame: Frame,
    clockOffsetUs: number | undefined,
  ): void {
    const ageUs =
      clockOffsetUs === undefined
        ? undefined
        : Math.max(0, Math.round(this.#clock.wallUs() + clockOffsetUs - frame.capturedAtUs));
    stampRelay(frame.record, participant.number, ageUs ?? 0);
    const lost = stream.stats.count(frame, ageUs === undefined ? undefined : ageUs / 1000);
    stream.lastFrameMs = this.#clock.now();
    if (frame.kind !== 'audio' && !frame.unchanged) stream.newest = frame;
    if (stream.state !== 'on') this.#resume(participant, stream);
    for (const subscriber of this.#subscribers) {
      subscriber.onFrame?.(participant, stream, frame, lost);
    }
  }

  /** Once a second: rates, and streams that have gone silent. */
  tick(): void {
    const nowMs = this.#clock.now();
    for (const participant of this.#participants.values()) {
      for (const stream of participant.streams.values()) {
        stream.stats.sample(nowMs);
        const silent = nowMs - stream.lastFrameMs > STALLED_AFTER_MS;
        if (silent && stream.state === 'on') {
          this.setStreamState(participant, stream, 'stalled', 'self', 'no frame came for a while');
        }
      }
    }
  }

  /** Everyone leaves. */
  close(reason: string): void {
    for (const participant of [...this.#participants.values()]) {
      participant.cancelLeaving?.();
      this.#leave(participant, reason);
    }
  }

  #join(request: JoinRequest): Participant {
    const room = cleanName(request.room, DEFAULT_ROOM);
    const participant = new Participant({
      ...request,
      number: this.#nextNumber,
      name: this.#uniqueName(cleanName(request.name), room),
      room,
      joinedAtUs: this.#clock.wallUs(),
    });
    this.#nextNumber += 1;
    this.#participants.set(request.session, participant);
    this.#tell((subscriber) => subscriber.onJoined?.(participant));
    return participant;
  }

  /** As many may be away as a listener has connections: whoever comes and goes leaves no trail. */
  #boundAway(): void {
    const [longest] = this.#away;
    if (longest === undefined || this.#away.size <= this.#limits.connections) return;
    longest.cancelLeaving?.();
    this.#leave(longest, 'too many others are away');
  }

  #leave(participant: Participant, reason: string): void {
    this.#away.delete(participant);
    if (!this.#participants.delete(participant.session)) return;
    this.#tell((subscriber) => subscriber.onLeft?.(participant, reason));
    participant.streams.clear();
  }

  #resume(participant: Participant, stream: Stream): void {
    stream.state = 'on';
    stream.by = 'self';
    this.#tell((subscriber) => subscriber.onStream?.(participant, stream));
  }

  #uniqueName(name: string, room: string): string {
    const taken = new Set<string>();
    for (const other of this.#participants.values()) {
      if (other.room === room) taken.add(other.name);
    }
    let [base, ending] = [name, ''];
    for (let suffix = 2; taken.has(base + ending); suffix += 1) {
      const next = `-${suffix}`;
      if (next.length !== ending.length) base = shortenName(name, next.length);
      ending = next;
    }
    return base + ending;
  }

  #tell(call: (subscriber: HubSubscriber) => void): void {
    for (const subscriber of this.#subscribers) call(subscriber);
  }
}
