/**
 * A greeted connection that watches: the streams of its port's kind in its room, each through an
 * outbox of its own. Owns these outboxes and what the viewer selected; copies no payload.
 *
 *   hub.onFrame ──> outbox of that stream ──┐
 *   hub.onFrame ──> outbox of that stream ──┼──> one socket, streams in turn when it drains
 *   hub.onFrame ──> outbox of that stream ──┘
 */
import type { ControlRecord } from '../transport/control.js';
import { MeetError } from '../transport/errors.js';
import type { Frame } from '../transport/frame.js';
import { Outbox, windowFor } from '../transport/outbox.js';
import type { ChatSender, HubSubscriber } from './hub.js';
import type { PeerRole, RoleContext } from './native-peer.js';
import type { Participant, Stream } from './participant.js';
import { rosterOf } from './roster.js';

/** 20 ms chunks; so many may be under way beyond a round trip. */
const SOUND_WINDOW_CHUNKS = 10;
const SOUND_CHUNKS_PER_SECOND = 50;
/** Pictures a second where a stream has not told its format. */
const PICTURES_PER_SECOND = 30;
/** The roster goes out at most so often, in ms. */
const ROSTER_EVERY_MS = 100;

export class ViewerRole implements PeerRole, HubSubscriber {
  readonly #context: RoleContext;
  readonly #outboxes = new Map<number, Outbox<Frame>>();
  readonly #unsubscribe: () => void;
  #selected: ReadonlySet<number> | 'all' = 'all';
  #roundTripMs = 0;
  #lastProgressMs: number;
  #cancelRoster: (() => void) | undefined;

  constructor(context: RoleContext) {
    this.#context = context;
    this.#lastProgressMs = context.clock.now();
    const { hub, participant } = context;
    hub.setWatching(participant, 1);
    this.#unsubscribe = hub.subscribe(this);
    this.#offerNewest();
  }

  wants(participant: Participant, stream: Stream): boolean {
    const own = this.#context.participant;
    return (
      stream.kind === this.#context.kind &&
      participant !== own &&
      participant.room === own.room &&
      (this.#selected === 'all' || this.#selected.has(participant.number))
    );
  }

  onFrame(participant: Participant, stream: Stream, frame: Frame): void {
    if (!this.wants(participant, stream)) return;
    const outbox = this.#outboxOf(participant, stream);
    // What waits is newer than what the viewer has; an unchanged record must not take its place.
    if (!frame.unchanged || outbox.waiting === 0) outbox.offer(frame);
  }

  onLeft(participant: Participant): void {
    this.#outboxes.get(participant.number)?.close();
    this.#outboxes.delete(participant.number);
  }

  onRoster(room: string): void {
    const { participant, clock } = this.#context;
    if (room !== participant.room) return;
    this.#cancelRoster ??= clock.after(ROSTER_EVERY_MS, () => {
      this.#sendRoster();
    });
  }

  onChat({ number, name, room }: ChatSender, text: string, atUs: number): void {
    if (room !== undefined && room !== this.#context.participant.room) return;
    const from = number === 0 ? {} : { participant: number };
    this.#context.channel.sendControl({ type: 'chat', ...from, name, text, atUs });
  }

  onKicked(participant: Participant): void {
    if (participant !== this.#context.participant) return;
    this.#context.refuse('MEET_NOT_ADMITTED', 'the host sent this participant away');
  }

  onControl(record: ControlRecord): boolean {
    if (record.type !== 'select') return false;
    const { participants } = record;
    this.#selected = participants === 'all' ? 'all' : new Set(participants);
    this.#context.hub.updateWanted();
    this.#offerNewest();
    return true;
  }

  onMedia(): void {
    this.#context.refuse('MEET_PROTOCOL', 'a subscriber sent media; publish on another connection');
  }

  onAck(sequence: number, source: number | undefined): void {
    this.#lastProgressMs = this.#context.clock.now();
    if (source !== undefined) this.#outboxes.get(source)?.acknowledged(sequence);
  }

  onRoundTrip(roundTripMs: number): void {
    this.#roundTripMs = roundTripMs;
    for (const outbox of this.#outboxes.values()) outbox.setWindow(this.#window());
  }

  onDrain(): void {
    this.#lastProgressMs = this.#context.clock.now();
    // The one that goes first is last the next time, so that all streams get their turn.
    const [first, ...others] = this.#outboxes;
    if (first === undefined) return;
    this.#outboxes.delete(first[0]);
    this.#outboxes.set(...first);
    for (const [, outbox] of [...others, first]) outbox.drained();
  }

  /** Cut off after a while without progress, though something waits for it. */
  tick(nowMs: number): void {
    const limitMs = this.#context.limits['stalled-ms'];
    let waits = false;
    for (const outbox of this.#outboxes.values()) waits ||= outbox.waiting > 0;
    if (!waits) this.#lastProgressMs = nowMs;
    if (nowMs - this.#lastProgressMs <= limitMs) return;
    this.#context.socket.fail(
      new MeetError(
        'MEET_SLOW_PEER',
        `${this.#context.participant.name} took nothing for ${limitMs} ms (--limit stalled-ms=MS)`,
      ),
    );
  }

  gone(): void {
    const { hub, participant } = this.#context;
    this.#cancelRoster?.();
    this.#unsubscribe();
    for (const outbox of this.#outboxes.values()) outbox.close();
    this.#outboxes.clear();
    hub.setWatching(participant, -1);
  }

  /** A late joiner has the newest picture of each stream at once. */
  #offerNewest(): void {
    const { hub, participant, kind } = this.#context;
    for (const other of hub.inRoom(participant.room)) {
      const stream = other.streams.get(kind);
      if (stream?.newest === undefined || stream.host === 'off') continue;
      if (this.wants(other, stream)) this.#outboxOf(other, stream).offer(stream.newest);
    }
  }

  #outboxOf(participant: Participant, stream: Stream): Outbox<Frame> {
    const known = this.#outboxes.get(participant.number);
    if (known !== undefined) return known;
    const { kind, limits, socket } = this.#context;
    const outbox = new Outbox<Frame>({
      capacity: kind === 'audio' ? limits['outbox-sound-ms'] / 20 : 1,
      windowFrames: this.#window(stream),
      write: (frame) => socket.write(frame.record),
    });
    this.#outboxes.set(participant.number, outbox);
    return outbox;
  }

  #window(stream?: Stream): number {
    const { channel, kind } = this.#context;
    if (!channel.acks) return Infinity;
    if (kind === 'audio') {
      return SOUND_WINDOW_CHUNKS + windowFor(SOUND_CHUNKS_PER_SECOND, this.#roundTripMs);
    }
    const fps = stream?.format?.codec === 'jpeg' ? stream.format.fps : PICTURES_PER_SECOND;
    return windowFor(fps, this.#roundTripMs);
  }

  #sendRoster(): void {
    this.#cancelRoster = undefined;
    const { hub, participant, channel } = this.#context;
    channel.sendControl({ type: 'roster', participants: rosterOf(hub, participant.room) });
  }
}
