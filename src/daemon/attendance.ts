/**
 * Who is there: participants by session, those who are away and may come back, who takes whose place,
 * and under which name. Owns participants; knows no stream's frames and no subscriber.
 *
 *   enter ──> here ──last connection gone──> away ──away-ms──> left
 *               ^                              │
 *               └───────same session───────────┘
 */
import { cleanName } from '../transport/clean-text.js';
import type { Clock } from '../transport/clock.js';
import type { Limits } from '../transport/limits.js';
import { anothersSession, isHostName, nameTaken, uniqueName } from './participant-names.js';
import type { JoinRequest } from './participant.js';
import { Participant } from './participant.js';

export const DEFAULT_ROOM = 'main';

export interface AttendanceOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  /** The key that has a name for itself, also while it is not here. */
  readonly ownerOf: (name: string) => string | undefined;
  /** Of the host's own share; undefined: it has none. */
  readonly hostSession: string | undefined;
  readonly onJoined: (participant: Participant) => void;
  /** A newer session of the same key carries the participant on. */
  readonly onTakenOver: (participant: Participant) => void;
  /** Something that the roster shows has changed. */
  readonly onChanged: (participant: Participant) => void;
  readonly onLeft: (participant: Participant, reason: string) => void;
}

export class Attendance {
  readonly #options: AttendanceOptions;
  readonly #participants = new Map<string, Participant>();
  /** Participants without a connection, the one that is away longest first. */
  readonly #away = new Set<Participant>();
  #nextNumber = 1;

  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  get participants(): Iterable<Participant> {
    return this.#participants.values();
  }

  /** The participants of a room, in the order in which they came. */
  inRoom(room: string): Participant[] {
    return [...this.#participants.values()].filter((participant) => participant.room === room);
  }

  /**
   * A connection of a participant: the first one of a session joins, a further one (or one that
   * comes back) is tied to it. A sharer that has the name and the key of another takes it over.
   * Throws MEET_NAME_TAKEN and MEET_BAD_CREDENTIALS.
   */
  enter(request: JoinRequest): Participant {
    const known = this.#participants.get(request.session);
    if (known !== undefined && known.key !== request.key) throw anothersSession();
    const participant = known ?? this.#takeOver(request) ?? this.#join(request);
    participant.connections += 1;
    participant.publishes ||= request.publishes === true;
    participant.plaintext ||= request.plaintext === true;
    participant.cancelLeaving?.();
    participant.cancelLeaving = undefined;
    this.#away.delete(participant);
    this.#options.onChanged(participant);
    return participant;
  }

  /** A connection of a participant is gone; for good when it said so. */
  exit(participant: Participant, forGood: boolean, reason: string): void {
    participant.connections -= 1;
    this.#options.onChanged(participant);
    if (participant.connections > 0) return;
    const leave = (): void => {
      this.leave(participant, reason);
    };
    if (forGood) leave();
    else {
      const { clock, limits } = this.#options;
      participant.cancelLeaving = clock.after(limits['away-ms'], leave);
      this.#away.add(participant);
      this.#boundAway();
    }
  }

  /** It is no longer there, whatever connections it has. Idempotent. */
  leave(participant: Participant, reason: string): void {
    participant.cancelLeaving?.();
    this.#away.delete(participant);
    if (!this.#participants.delete(participant.session)) return;
    this.#options.onLeft(participant, reason);
  }

  /** The sharer of that name, when it has the same key; its older connections make way. */
  #takeOver(request: JoinRequest): Participant | undefined {
    if (request.publishes !== true || request.origin === 'older') return undefined;
    const name = cleanName(request.name);
    const owner = this.#options.ownerOf(name);
    if (owner !== undefined && owner !== request.key) throw nameTaken(name);
    const room = cleanName(request.room, DEFAULT_ROOM);
    const former = this.inRoom(room).find((other) => other.name === name && other.publishes);
    // Without a key there is nobody to be protected: both are there, one with a number.
    if (former?.key === undefined) return undefined;
    if (former.key !== request.key) throw nameTaken(name);
    this.#options.onTakenOver(former);
    for (const { carrier } of [...former.streams.values()]) carrier?.makeWay();
    this.#participants.delete(former.session);
    former.session = request.session;
    former.plaintext = false;
    this.#participants.set(request.session, former);
    return former;
  }

  #join(request: JoinRequest): Participant {
    const room = cleanName(request.room, DEFAULT_ROOM);
    const participant = new Participant({
      ...request,
      number: this.#nextNumber,
      name: this.#nameFor(request, room),
      room,
      joinedAtUs: this.#options.clock.wallUs(),
      key: request.key,
      publishes: request.publishes === true,
      plaintext: request.plaintext === true,
    });
    this.#nextNumber += 1;
    this.#participants.set(request.session, participant);
    this.#options.onJoined(participant);
    return participant;
  }

  /** As many may be away as a listener has connections: whoever comes and goes leaves no trail. */
  #boundAway(): void {
    const [longest] = this.#away;
    if (longest === undefined || this.#away.size <= this.#options.limits.connections) return;
    this.leave(longest, 'too many others are away');
  }

  #nameFor({ name, key, session }: JoinRequest, room: string): string {
    const { ownerOf, hostSession } = this.#options;
    const taken = new Set(this.inRoom(room).map((other) => other.name));
    return uniqueName(
      cleanName(name),
      (word) =>
        taken.has(word) ||
        (ownerOf(word) ?? key) !== key ||
        (isHostName(word) && session !== hostSession),
    );
  }
}
