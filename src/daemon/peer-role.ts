/**
 * What a greeted connection is to the daemon: the role that it plays, and what it may use for that.
 * Owns these interfaces and the cleaning of a peer's reasons; plays no role itself.
 */
import { cleanText } from '../transport/clean-text.js';
import type { Clock } from '../transport/clock.js';
import type { AdmissionRecord } from '../transport/admission-records.js';
import type { DistrustedAddresses } from './admission/distrusted-addresses.js';
import type { Done, Query, Toggle } from '../transport/command-records.js';
import type { ControlRecord } from '../transport/control.js';
import type { ErrorCode } from '../transport/errors.js';
import type { Frame } from '../transport/frame.js';
import type { Limits } from '../transport/limits.js';
import type { NativeChannel } from '../transport/native-channel.js';
import type { PeerSocket } from '../transport/peer-socket.js';
import type { RecordMemory } from '../transport/record-memory.js';
import type { RoundTrip } from '../transport/round-trip-probe.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { Admission } from './admission/admission.js';
import type { ChatFloor } from './chat-floor.js';
import type { DaemonEvent } from './events.js';
import type { GameHall } from './game-hall.js';
import type { Hub } from './hub.js';
import type { Participant } from './participant.js';
import type { Roster } from './roster.js';
import type { SentAway } from './sent-away.js';

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
  readonly games: GameHall;
  readonly software: string;
  /** Lends all connections the memory of large frames. */
  readonly memory: RecordMemory;
  /** The ports listened on, for the words to those who took the wrong one. */
  readonly ports: () => Readonly<Record<StreamKind, number>>;
  readonly sentAway: SentAway;
  readonly distrusted: DistrustedAddresses;
  readonly admission: Admission;
  /** What a participant with a host's role asks for; the answer. */
  readonly hostActs: (request: Toggle | AdmissionRecord | Query) => Done;
  /** Tells what is now as events, then whatever happens; returns what ends it. */
  readonly followEvents: (tell: (event: DaemonEvent) => void) => () => void;
}

/** Whose native connection it is. */
export interface PeerOwner {
  /** It is known who it is, or that it waits. */
  onSettled(): void;
}

/** What a greeted connection does. Calls are synchronous. */
export interface PeerRole {
  /** Records of the role; true when it was one. */
  onControl(record: ControlRecord): boolean;
  onMedia(frame: Frame): void;
  onAck(sequence: number, source: number | undefined): void;
  onRoundTrip(roundTrip: RoundTrip): void;
  onDrain(): void;
  tick(nowMs: number): void;
  /** The connection is gone; `saidBye` is the reason that it gave, if it gave one. */
  gone(reason: string, saidBye: boolean): void;
}

/** What a role may do with its connection. */
export interface RoleContext extends Pick<PeerContext, 'hub' | 'limits' | 'clock' | 'roster'> {
  readonly channel: NativeChannel;
  readonly socket: PeerSocket;
  readonly kind: StreamKind;
  readonly participant: Participant;
  readonly refuse: (code: ErrorCode, message: string) => void;
  /** The connection is no longer one of the participant's, before its socket has gone. */
  readonly leave: () => void;
}

/** A peer's reason, safe to show. */
export function cleanReason(reason: string): string {
  return cleanText(reason, REASON_CODE_POINTS, REASON_CELLS);
}
