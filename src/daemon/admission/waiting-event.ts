/** One who waits, as events and answers tell it. Owns the shape. */
import type { DaemonEvent } from '../events.js';
import type { WaitingEntry } from './waiting-room.js';

export function waitingRow({ number, applicant, fingerprint, sinceUs }: WaitingEntry) {
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
  };
}

export function waitingEvent(entry: WaitingEntry, state: 'begun' | 'ended'): DaemonEvent {
  return { event: 'waiting', state, ...waitingRow(entry) };
}
