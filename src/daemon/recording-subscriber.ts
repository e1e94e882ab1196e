/**
 * The hub's first subscriber: gives every participant's frames to a recorder. Owns which recording
 * belongs to whom; writes nothing itself.
 */
import type { Clock } from '../transport/clock.js';
import type { Frame } from '../transport/frame.js';
import type { ChatSender, HubSubscriber } from './hub-subscriber.js';
import type { Participant, Stream } from './participant.js';
import type { RemarkLine } from './recording/index-line.js';
import type { Recorder, Recording, RecordingEvent } from './recording/recording.js';
import type { Condemned } from './recording/retention-plan.js';
import type { DaemonEvent } from './events.js';

export class RecordingSubscriber implements HubSubscriber {
  /** A recording holds the lease of each frame that it keeps. */
  readonly keepsFrames = false;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #recordings = new Map<Participant, Recording>();
  readonly #closing = new Set<Promise<unknown>>();

  constructor(recorder: Recorder, clock: Clock) {
    this.#recorder = recorder;
    this.#clock = clock;
  }

  /** Everything that comes is kept. */
  wants(): boolean {
    return true;
  }

  onJoined({ room, name, joinedAtUs }: Participant): void {
    this.#tellRoom(room, { type: 'joined', name, atUs: joinedAtUs });
  }

  onLeft(participant: Participant): void {
    const { room, name } = participant;
    this.#tellRoom(room, { type: 'left', name, atUs: this.#clock.wallUs() });
    const recording = this.#recordings.get(participant);
    if (recording === undefined) return;
    this.#recordings.delete(participant);
    const closing = recording.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** What is said is kept with everybody of the room who is recorded. */
  onChat({ name, room }: ChatSender, text: string, atUs: number): void {
    this.#tellRoom(room, { type: 'chat', name, text, atUs });
  }

  onHand(participant: Participant): void {
    const atUs = this.#clock.wallUs();
    this.#recordings.get(participant)?.remark({ type: 'hand', up: participant.hand, atUs });
  }

  onStream(participant: Participant, { kind, state, by }: Stream): void {
    const atUs = this.#clock.wallUs();
    this.#recordings.get(participant)?.remark({ type: 'state', kind, state, by, atUs });
  }

  onFrame(participant: Participant, stream: Stream, frame: Frame, lost: number): void {
    const recording = this.#recordings.get(participant) ?? this.#open(participant);
    const nowUs = this.#clock.wallUs();
    if (lost > 0) {
      const gap = { reason: 'lost', frames: lost, fromUs: nowUs, toUs: nowUs } as const;
      recording.note(stream.kind, gap);
    }
    recording.offer(frame, stream.format, nowUs);
  }

  /** Finishes all recordings. Idempotent. */
  async close(): Promise<void> {
    for (const participant of [...this.#recordings.keys()]) this.onLeft(participant);
    await Promise.all(this.#closing);
    await this.#recorder.close();
  }

  #open(participant: Participant): Recording {
    const recording = this.#recorder.open({
      room: participant.room,
      participantName: participant.name,
      startedAtUs: this.#clock.wallUs(),
      clockOffsetUs: () => clockOffsetUs(participant),
    });
    const { name, joinedAtUs } = participant;
    recording.remark({ type: 'joined', name, atUs: joinedAtUs });
    // Raised before anything was recorded of whose it is.
    if (participant.hand) {
      recording.remark({ type: 'hand', up: true, atUs: this.#clock.wallUs() });
    }
    this.#recordings.set(participant, recording);
    return recording;
  }

  /** Keeps it with everybody of the room, or of all rooms, who is recorded. */
  #tellRoom(room: string | undefined, line: RemarkLine): void {
    for (const [participant, recording] of this.#recordings) {
      if (room === undefined || participant.room === room) recording.remark(line);
    }
  }
}

/** One clock for all streams of a participant: the estimate of the first that has one. */
function clockOffsetUs({ streams }: Participant): number | undefined {
  for (const { clockOffsetUs: offsetUs } of streams.values()) {
    if (offsetUs !== undefined) return offsetUs;
  }
  return undefined;
}

/** A recorder's event as the daemon tells it. */
export function recordingEvent(event: RecordingEvent): DaemonEvent {
  const { screen, video, audio } = event.counters;
  const kinds = [screen, video, audio];
  const sum = (of: (kind: typeof screen) => number): number =>
    kinds.reduce((total, kind) => total + of(kind), 0);
  return {
    event: 'recording',
    state: event.state,
    path: event.path,
    ...(event.code === undefined ? {} : { code: event.code }),
    ...(event.words === undefined ? {} : { message: event.words }),
    written: sum((kind) => kind.written),
    dropped: sum((kind) => kind.dropped),
    writtenBytes: sum((kind) => kind.writtenBytes),
  };
}

const REMOVED_FOR = {
  keep: 'older than --keep',
  'max-size': 'recordings are larger than --max-size',
  'min-free': 'less of the disk is free than --min-free',
  unfinished: 'a meet rec recover that was ended left it',
} as const;

/** What retention deleted, as the daemon tells it. */
export function removedEvent({ segment, reason }: Condemned): DaemonEvent {
  return {
    event: 'recording',
    state: 'removed',
    path: segment.path,
    message: REMOVED_FOR[reason],
    written: 0,
    dropped: 0,
    writtenBytes: 0,
  };
}
