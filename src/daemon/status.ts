/**
 * The state of a daemon as its host is told it when asked: who is in all rooms, with figures, and who
 * waits. Owns the form of this answer; asks for nothing itself.
 */
import type { StreamKind } from '../transport/stream-kind.js';
import type { Admission } from './admission/admission.js';
import { waitingRow } from './admission/waiting-event.js';
import type { DaemonEvent } from './events.js';
import type { Hub } from './hub.js';
import { rosterEntry } from './roster.js';

/** What of the daemon is told. */
export interface StatusDomain {
  readonly hub: Hub;
  readonly admission: Admission;
  /** Of its key; undefined without TLS. */
  readonly fingerprint: string | undefined;
  readonly host: string;
  readonly ports: Readonly<Record<StreamKind, number>>;
  /** The figures of this moment. */
  stats(): DaemonEvent & { event: 'stats' };
}

export function statusOf(daemon: StatusDomain): Record<string, unknown> {
  const { hub, admission, fingerprint, host, ports } = daemon;
  const { streams, process } = daemon.stats();
  const participants = [...hub.participants].map((participant) => ({
    ...rosterEntry(participant),
    room: participant.room,
    address: participant.address,
    joinedAtUs: participant.joinedAtUs,
  }));
  const waiting = admission.room.entries.map(waitingRow);
  return { participants, streams, process, waiting, fingerprint, host, ports };
}
