/** What the daemon says to whom it lets in. Owns the record; sends nothing. */
import type { Role } from '../transport/admission-records.js';
import type { Welcome } from '../transport/handshake-records.js';
import { PROTOCOL_VERSION } from '../transport/record-header.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { PeerContext } from './peer-role.js';
import type { Participant } from './participant.js';
import { rosterEntry } from './roster.js';

/**
 * A subscriber gets the roster; a publisher, who is told of no change of it, its own entry alone: the
 * whole of it for each of a hundred sharers' three connections was 130 MB of garbage.
 */
export function welcomeRecord(
  { roster, limits, software }: PeerContext,
  kind: StreamKind,
  participant: Participant,
  role: Role,
  acks: boolean,
  publishes: boolean,
): Welcome {
  const { entries, more } = publishes
    ? { entries: [rosterEntry(participant)], more: false }
    : roster.beginning(participant.room);
  return {
    type: 'welcome',
    version: PROTOCOL_VERSION,
    participant: participant.number,
    name: participant.name,
    room: participant.room,
    roster: entries,
    ...(more ? { more } : {}),
    limits: {
      payloadBytes: limits[kind === 'audio' ? 'pcm-bytes' : 'jpeg-bytes'],
      controlBytes: limits['control-bytes'],
    },
    pingMs: limits['ping-ms'],
    acks,
    software,
    role,
  };
}
