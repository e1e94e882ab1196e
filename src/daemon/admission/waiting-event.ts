/** One who waits, as events and answers tell it. Owns the shape. */
import type { DaemonEvent } from '../events.js';
import type { WaitingNames } from './waiting-names.js';
import type { WaitingEntry, WaitingRoom } from './waiting-room.js';

/** `caution`: why a host should look twice at the name. */
export function waitingRow(
  { number, applicant, fingerprint, sinceUs }: WaitingEntry,
  caution: string | undefined,
) {
  const { name, room, address, origin, encrypted } = applicant;
  return {
    number,
    name,
    room,
    address,
    origin,
    plaintext: !encrypted,
    since: new Date(sinceUs / 1000).toISOString(),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(caution === undefined ? {} : { caution }),
  };
}

export function waitingEvent(
  entry: WaitingEntry,
  state: 'begun' | 'ended',
  caution: string | undefined,
): DaemonEvent {
  return { event: 'waiting', state, ...waitingRow(entry, caution) };
}

/** All who wait, as a host sees them. */
export function waitingRows({
  room,
  names,
}: {
  readonly room: Pick<WaitingRoom, 'entries'>;
  readonly names: Pick<WaitingNames, 'cautions'>;
}) {
  const { entries } = room;
  const cautions = names.cautions(entries);
  return entries.map((entry, at) => waitingRow(entry, cautions[at]));
}
