/**
 * A greeted connection that watches: the streams of its port's kind in its room, each through an
 * outbox of its own. Owns these outboxes and what the viewer selected; copies no payload.
 *
 *   hub.onFrame ──> outbox of that stream ──┐
 *   hub.onFrame ──> outbox of that stream ──┼──> one socket, streams in turn when it drains
 *   hub.onFrame ──> outbox of that stream ──┘
 *
 * While the socket is full no outbox writes: what waits in this process is one picture being written
 * and the newest one of each stream.
 */
import type { ControlRecord } from '../transport/control.js';
import type { Hello } from '../transport/handshake-records.js';
import { MeetError } from '../transport/errors.js';
import type { Frame } from '../transport/frame.js';
import { SOUND_CHUNKS_PER_ACK } from '../transport/native-channel.js';
import type { RoundTrip } from '../transport/round-trip-probe.js';
import { RoundTripProbe } from '../transport/round-trip-probe.js';
import type { ChatSender, HubSubscriber } from './hub-subscriber.js';
import type { PeerRole, RoleContext } from './peer-role.js';
import type { Participant, Stream } from './participant.js';
import { sentAway } from './sent-away.js';
import { ViewerLane } from './viewer-lane.js';

/** The roster goes out at most so often, in ms. */
const ROSTER_EVERY_MS = 100;

/** Whose streams a viewer wants: participants by number, or all of its room. */
type Selection = ReadonlySet<number> | 'all';

export class ViewerRole implements PeerRole, HubSubscriber {
  /** It holds the lease of each frame that it keeps. */
  readonly keepsFrames = false;
  readonly #context: RoleContext;
  /** By the number of the participant; the first one gets its turn first. */
  readonly #lanes = new Map<number, ViewerLane>();
  readonly #unsubscribe: () => void;
  #selected: Selection;
  #socketOpen = true;
  readonly #probe: RoundTripProbe;
  #lastProgressMs: number;
  /** Of lanes that are closed. */
  #unsentBefore = 0;
  #cancelRoster: (() => void) | undefined;
  #urgentSentMs = -Infinity;

  constructor(context: RoleContext, hello: Hello) {
    this.#context = context;
    this.#selected = selection(hello.participants ?? 'all');
    this.#lastProgressMs = context.clock.now();
    const { hub, roster, participant, channel, clock } = context;
    this.#probe = new RoundTripProbe({
      nowMs: clock.now(),
      ping: () => channel.ping(clock.now()),
      isIdle: () => this.#isIdle(),
    });
    hub.setWatching(participant, 1);
    this.#unsubscribe = hub.subscribe(this);
    if (roster.beginning(participant.room).more) this.#sendRoster();
    this.#offerNewest(new Set());
  }

  get unsentFrames(): number {
    let sum = this.#unsentBefore;
    for (const { outbox } of this.#lanes.values()) sum += outbox.stats.dropped;
    return sum;
  }

  wants(participant: Participant, stream: Stream): boolean {
    const own = this.#context.participant;
    return (
      stream.kind === this.#context.kind &&
      participant !== own &&
      participant.room === own.room &&
      has(this.#selected, participant)
    );
  }

  onFrame(participant: Participant, stream: Stream, frame: Frame): void {
    if (!this.wants(participant, stream)) return;
    const lane = this.#laneOf(participant, stream);
    // What waits is newer than what the viewer has; an unchanged record must not take its place.
    if (!frame.unchanged || lane.outbox.waiting === 0) lane.offer(frame);
  }

  /** What is turned off is not to be seen any more, by whomever it was turned off. */
  onStream(participant: Participant, stream: Stream): void {
    if (stream.kind !== this.#context.kind || stream.state !== 'off') return;
    this.#lanes.get(participant.number)?.outbox.clear();
  }

  onLeft(participant: Participant): void {
    this.#close(participant.number);
  }

  onRoster(room: string, urgent: boolean): void {
    const { participant, clock } = this.#context;
    if (room !== participant.room) return;
    // What is urgent does not wait, unless another urgent one has just gone: nobody may flood with it.
    if (urgent && clock.now() - this.#urgentSentMs >= ROSTER_EVERY_MS) {
      this.#urgentSentMs = clock.now();
      this.#sendRoster();
      return;
    }
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
    const { code, message } = sentAway();
    this.#context.refuse(code, message);
  }

  onTakenOver(participant: Participant): void {
    if (participant !== this.#context.participant) return;
    this.#context.leave();
    const words = 'a newer connection of the same session or key took over';
    this.#context.refuse('MEET_TAKEN_OVER', words);
  }

  onControl(record: ControlRecord): boolean {
    if (record.type !== 'select') return false;
    const before = this.#selected;
    this.#selected = selection(record.participants);
    for (const number of [...this.#lanes.keys()]) {
      if (this.#selected !== 'all' && !this.#selected.has(number)) this.#close(number);
    }
    this.#context.hub.updateWanted();
    this.#offerNewest(before);
    return true;
  }

  onMedia(): void {
    this.#context.refuse('MEET_PROTOCOL', 'a subscriber sent media; publish on another connection');
  }

  onAck(sequence: number, source: number | undefined): void {
    const nowMs = this.#context.clock.now();
    this.#lastProgressMs = nowMs;
    if (source !== undefined) this.#lanes.get(source)?.outbox.acknowledged(sequence);
    this.#probe.acknowledged(nowMs);
  }

  onRoundTrip(roundTrip: RoundTrip): void {
    const wasHeld = this.#probe.holds;
    if (!this.#probe.answered(roundTrip)) return;
    for (const lane of this.#lanes.values()) lane.setRoundTrip(this.#probe.roundTripMs);
    if (wasHeld) this.#goOn();
  }

  onDrain(): void {
    this.#lastProgressMs = this.#context.clock.now();
    this.#socketOpen = true;
    this.#flush();
  }

  #goOn(): void {
    for (const lane of this.#lanes.values()) lane.heldUntil(this.#context.clock.now());
    this.#flush();
  }

  #flush(): void {
    // The one that goes first is last the next time, so that all streams get their turn.
    const [first, ...others] = this.#lanes;
    if (first === undefined) return;
    this.#lanes.delete(first[0]);
    this.#lanes.set(...first);
    for (const [, { outbox }] of [...others, first]) outbox.drained();
  }

  tick(nowMs: number): void {
    this.#cutStalled(nowMs);
    let isExceeded = false;
    for (const lane of this.#lanes.values()) {
      lane.tick(nowMs, this.#probe.roundTripMs);
      isExceeded ||= lane.isExceeded;
    }
    if (this.#probe.tick(nowMs, isExceeded && this.#context.channel.acks)) this.#goOn();
  }

  /** Cut off after a while without progress, though something waits for it. */
  #cutStalled(nowMs: number): void {
    const limitMs = this.#context.limits['stalled-ms'];
    let waits = false;
    for (const { outbox } of this.#lanes.values()) waits ||= outbox.waiting > 0;
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
    for (const number of [...this.#lanes.keys()]) this.#close(number);
    this.#unsubscribe();
    hub.setWatching(participant, -1);
  }

  /** A late joiner has the newest picture of each stream at once; `before`: what it has already. */
  #offerNewest(before: Selection): void {
    const { hub, participant, kind } = this.#context;
    for (const other of hub.inRoom(participant.room)) {
      const stream = other.streams.get(kind);
      if (stream?.newest === undefined || has(before, other)) continue;
      if (this.wants(other, stream)) this.#laneOf(other, stream).offer(stream.newest);
    }
  }

  #close(number: number): void {
    const { outbox } = this.#lanes.get(number) ?? {};
    outbox?.close();
    this.#unsentBefore += outbox?.stats.dropped ?? 0;
    this.#lanes.delete(number);
  }

  #laneOf(participant: Participant, stream: Stream): ViewerLane {
    const known = this.#lanes.get(participant.number);
    if (known !== undefined) return known;
    const { channel, limits, clock } = this.#context;
    const lane = new ViewerLane({
      stream,
      acks: channel.acks,
      soundMs: limits['outbox-sound-ms'],
      nowMs: clock.now(),
      write: (frame) => this.#write(frame),
      socketOpen: () => this.#socketOpen && !this.#probe.holds,
    });
    lane.setRoundTrip(this.#probe.roundTripMs);
    this.#lanes.set(participant.number, lane);
    return lane;
  }

  #write({ record, lease }: Frame): boolean {
    const { socket, channel } = this.#context;
    this.#socketOpen =
      lease === undefined
        ? socket.write(record)
        : socket.writeLent(record, () => {
            lease.release();
          });
    if (channel.acks) socket.expectAnswer();
    return this.#socketOpen;
  }

  /** The last few chunks of sound are not acknowledged by themselves. */
  #isIdle(): boolean {
    const rest = this.#context.kind === 'audio' ? SOUND_CHUNKS_PER_ACK - 1 : 0;
    return [...this.#lanes.values()].every(({ outbox }) => outbox.underWay <= rest);
  }

  #sendRoster(): void {
    this.#cancelRoster?.();
    this.#cancelRoster = undefined;
    const { roster, participant, socket } = this.#context;
    for (const record of roster.records(participant.room)) socket.write(record);
  }
}

function selection(participants: readonly number[] | 'all'): Selection {
  return participants === 'all' ? 'all' : new Set(participants);
}

function has(selected: Selection, { number }: Participant): boolean {
  return selected === 'all' || selected.has(number);
}
