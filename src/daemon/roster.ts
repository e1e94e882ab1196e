/**
 * The roster: a room's participants and their streams, as control records carry them. Owns the
 * translation; keeps nothing.
 */
import type { RosterEntry, RosterStream } from '../transport/control.js';
import type { Hub } from './hub.js';
import type { Participant, Stream } from './participant.js';

export function rosterOf(hub: Hub, room: string): RosterEntry[] {
  return hub.inRoom(room).map(rosterEntry);
}

export function rosterEntry(participant: Participant): RosterEntry {
  const { number, name, origin, away, watching, hand, streams } = participant;
  return {
    participant: number,
    name,
    origin,
    away,
    watching: watching > 0,
    hand,
    streams: [...streams.values()].map(rosterStream),
  };
}

function rosterStream(stream: Stream): RosterStream {
  const { kind, self, selfSinceUs, host, hostSinceUs, reason, format, clockOffsetUs } = stream;
  return {
    kind,
    self,
    selfSinceUs,
    host,
    hostSinceUs,
    clockOffsetUs,
    ...(reason === undefined ? {} : { reason }),
    ...(format === undefined ? {} : { format }),
  };
}
