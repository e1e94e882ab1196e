/**
 * The meeting: which streams its participants (attendance.ts) have, and who gets their frames. Owns
 * streams and subscribers; knows no socket and no file, and does not assume that a publisher is a
 * local connection.
 *
 *   publish(participant, frame) ──> stats ──> subscriber.onFrame ──> ... (synchronous, no copy)
 */
import type { Clock } from '../transport/clock.js';
import type { Frame } from '../transport/frame.js';
import type { Limits } from '../transport/limits.js';
import { stampRelay } from '../transport/record-header.js';
import type { StreamFormat, StreamKind } from '../transport/stream-kind.js';
import { Attendance } from './attendance.js';
import type { ChatSender, HubSubscriber } from './hub-subscriber.js';
import type { JoinRequest, Participant, StreamCarrier, StreamState } from './participant.js';
import { Stream } from './participant.js';

/** Time without a frame after which a stream is shown as stalled, in ms. */
const STALLED_AFTER_MS = 3000;
/** Change of a clock's offset that viewers are told of, in microseconds. */
const OFFSET_STEP_US = 2000;
/** Change after which the ages that viewers tell would be wrong to the eye, in microseconds. */
const OFFSET_URGENT_US = 20_000;

export class Hub {
  readonly #clock: Clock;
  readonly #attendance: Attendance;
  readonly #subscribers = new Set<HubSubscriber>();
  /** Of subscribers who have left. */
  #unsentBefore = 0;

  /**
   * `ownerOf`: the key that has a name for itself, also while it is not here. `hostSession`: who alone
   * may be called as the host is.
   */
  constructor(
    clock: Clock,
    limits: Limits,
    ownerOf: (name: string) => string | undefined = () => undefined,
    hostSession?: string,
  ) {
    this.#clock = clock;
    this.#attendance = new Attendance({
      clock,
      limits,
      ownerOf,
      hostSession,
      onJoined: (participant) => {
        this.#tell((subscriber) => subscriber.onJoined?.(participant));
      },
      onTakenOver: (participant) => {
        this.#tell((subscriber) => subscriber.onTakenOver?.(participant));
      },
      onChanged: (participant) => {
        this.#rosterChanged(participant);
      },
      onLeft: (participant, reason) => {
        this.#left(participant, reason);
      },
    });
  }

  /** Frames that subscribers were too slow for, all of them and since the start. */
  get unsentFrames(): number {
    let sum = this.#unsentBefore;
    for (const { unsentFrames = 0 } of this.#subscribers) sum += unsentFrames;
    return sum;
  }

  get participants(): Iterable<Participant> {
    return this.#attendance.participants;
  }

  /** The participants of a room, in the order in which they came. */
  inRoom(room: string): Participant[] {
    return this.#attendance.inRoom(room);
  }

  /** Returns what ends the subscription. */
  subscribe(subscriber: HubSubscriber): () => void {
    this.#subscribers.add(subscriber);
    this.updateWanted();
    return () => {
      if (!this.#subscribers.delete(subscriber)) return;
      this.#unsentBefore += subscriber.unsentFrames ?? 0;
      this.updateWanted();
    };
  }

  /** Tells publishers whose streams have become wanted, or no longer are. */
  updateWanted(): void {
    for (const participant of this.participants) {
      for (const stream of participant.streams.values()) this.#updateWanted(participant, stream);
    }
  }

  /** As Attendance.enter: a connection of a participant has come. */
  enter(request: JoinRequest): Participant {
    return this.#attendance.enter(request);
  }

  /** A connection of a participant is gone; for good when it said so. */
  exit(participant: Participant, forGood: boolean, reason: string): void {
    this.#attendance.exit(participant, forGood, reason);
  }

  /** The participant's stream of that kind, made when it is new. */
  openStream(participant: Participant, kind: StreamKind, format?: StreamFormat): Stream {
    const known = participant.streams.get(kind);
    const stream = known ?? new Stream(kind, this.#clock.now(), this.#clock.wallUs());
    stream.lastFrameMs = this.#clock.now();
    participant.streams.set(kind, stream);
    if (format !== undefined) stream.format = format;
    const heldSinceUs = participant.held.get(kind);
    if (heldSinceUs !== undefined) {
      stream.host = 'off';
      stream.hostSinceUs = heldSinceUs;
    }
    this.#rosterChanged(participant);
    return stream;
  }

  /** A connection carries the stream from now on; it is told what the meeting wants of it. */
  carry(participant: Participant, stream: Stream, carrier: StreamCarrier): void {
    stream.carrier = carrier;
    stream.wanted = this.#isWanted(participant, stream);
    // Told in any case: what the publisher remembers may be of another daemon.
    carrier.tellWanted(stream.wanted);
    carrier.tellHeld(stream.host === 'off', stream.hostSinceUs);
    // Who wanted another stream may want this one in its place.
    this.updateWanted();
  }

  /** What a publisher says of its own stream. */
  setSelf(participant: Participant, stream: Stream, state: StreamState, reason?: string): void {
    stream.isUntold = false;
    if (stream.self === state) return;
    stream.self = state;
    stream.selfSinceUs = this.#clock.wallUs();
    stream.reason = reason;
    if (state === 'off') stream.newest = undefined;
    this.#streamChanged(participant, stream, reason);
  }

  /**
   * The host stops or starts a kind of a participant's, whether it has such a stream yet or not.
   * Idempotent; true when something changed.
   */
  hold(participant: Participant, kind: StreamKind, held: boolean): boolean {
    if (participant.held.has(kind) === held) return false;
    const nowUs = this.#clock.wallUs();
    if (held) participant.held.set(kind, nowUs);
    else participant.held.delete(kind);
    const stream = participant.streams.get(kind);
    if (stream !== undefined) {
      stream.host = held ? 'off' : 'on';
      stream.hostSinceUs = nowUs;
      if (held) stream.newest = undefined;
      stream.carrier?.tellHeld(held, nowUs);
      this.#streamChanged(participant, stream);
    }
    return true;
  }

  /** The host sends a participant away. */
  kick(participant: Participant): void {
    this.#tell((subscriber) => subscriber.onKicked?.(participant));
    for (const { carrier } of participant.streams.values()) carrier?.kick(false);
    this.#attendance.leave(participant, 'sent away by the host');
  }

  /** The host sends one stream away: its connection ends, and it is in the roster no more. */
  kickStream(participant: Participant, stream: Stream): void {
    const { carrier } = stream;
    // What its connection says until it has ended is of a stream that is gone.
    stream.carrier = undefined;
    stream.host = 'off';
    stream.hostSinceUs = this.#clock.wallUs();
    stream.newest = undefined;
    participant.streams.delete(stream.kind);
    this.#streamChanged(participant, stream, 'sent away by the host');
    carrier?.kick(true);
  }

  setHand(participant: Participant, up: boolean): void {
    if (participant.hand === up) return;
    participant.hand = up;
    this.#tell((subscriber) => subscriber.onHand?.(participant));
    this.#rosterChanged(participant);
  }

  /** `text` has been cleaned. */
  chat(sender: ChatSender, text: string): void {
    const atUs = this.#clock.wallUs();
    this.#tell((subscriber) => subscriber.onChat?.(sender, text, atUs));
  }

  setWatching(participant: Participant, delta: 1 | -1): void {
    participant.watching += delta;
    this.#rosterChanged(participant);
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
    if (stream.host === 'off') {
      stream.stats.drop();
      return;
    }
    if (clockOffsetUs !== undefined) this.#noteOffset(participant, stream, clockOffsetUs);
    const ageUs =
      clockOffsetUs === undefined
        ? undefined
        : Math.max(0, Math.round(this.#clock.wallUs() + clockOffsetUs - frame.capturedAtUs));
    stampRelay(frame.record, participant.number, ageUs ?? 0);
    const lost = stream.stats.count(frame, ageUs === undefined ? undefined : ageUs / 1000);
    stream.lastFrameMs = this.#clock.now();
    if (frame.kind !== 'audio' && !frame.unchanged) stream.newest = frame;
    if (stream.self !== 'on') this.setSelf(participant, stream, 'on');
    for (const subscriber of this.#subscribers) {
      if (subscriber.onFrame === undefined) continue;
      if (subscriber.keepsFrames !== false) frame.lease?.keep();
      subscriber.onFrame(participant, stream, frame, lost);
    }
  }

  /** Once a second: rates, and streams that have gone silent. */
  tick(): void {
    const nowMs = this.#clock.now();
    for (const participant of this.participants) {
      for (const stream of participant.streams.values()) {
        stream.stats.sample(nowMs);
        const silent = nowMs - stream.lastFrameMs > STALLED_AFTER_MS;
        if (silent && stream.state === 'on' && stream.wanted) {
          this.setSelf(participant, stream, 'stalled', 'no frame came for a while');
        }
      }
    }
  }

  /** Everyone leaves. */
  close(reason: string): void {
    for (const participant of [...this.participants]) this.#attendance.leave(participant, reason);
  }

  #left(participant: Participant, reason: string): void {
    // What their connections still say when they end is of somebody who has left.
    for (const stream of participant.streams.values()) stream.carrier = undefined;
    this.#tell((subscriber) => subscriber.onLeft?.(participant, reason));
    participant.streams.clear();
    this.#rosterChanged(participant);
    this.updateWanted();
  }

  /** Viewers need the offset to tell ages; a small change is not worth a roster. */
  #noteOffset(participant: Participant, stream: Stream, clockOffsetUs: number): void {
    const changeUs = Math.abs((stream.clockOffsetUs ?? 0) - clockOffsetUs);
    if (stream.clockOffsetUs !== undefined && changeUs < OFFSET_STEP_US) return;
    stream.clockOffsetUs = clockOffsetUs;
    if (changeUs >= OFFSET_STEP_US) this.#rosterChanged(participant, changeUs > OFFSET_URGENT_US);
  }

  #streamChanged(participant: Participant, stream: Stream, reason?: string): void {
    this.#tell((subscriber) => subscriber.onStream?.(participant, stream, reason));
    this.#rosterChanged(participant);
    this.updateWanted();
  }

  #rosterChanged({ room }: Participant, urgent = false): void {
    this.#tell((subscriber) => subscriber.onRoster?.(room, urgent));
  }

  #isWanted(participant: Participant, stream: Stream): boolean {
    if (stream.host === 'off') return false;
    for (const subscriber of this.#subscribers) {
      if (subscriber.wants?.(participant, stream) === true) return true;
    }
    return false;
  }

  #updateWanted(participant: Participant, stream: Stream): void {
    if (stream.carrier === undefined) return;
    const wanted = this.#isWanted(participant, stream);
    if (wanted === stream.wanted) return;
    stream.wanted = wanted;
    stream.lastFrameMs = this.#clock.now();
    stream.carrier.tellWanted(wanted);
  }

  #tell(call: (subscriber: HubSubscriber) => void): void {
    for (const subscriber of this.#subscribers) call(subscriber);
  }
}
