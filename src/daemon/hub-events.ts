/**
 * The hub's happenings as the daemon's events, and its streams as rows of figures. Owns the wording
 * of both; keeps nothing.
 */
import type { DaemonEvent, StreamRow } from './events.js';
import type { Hub, HubSubscriber } from './hub.js';

/** A subscriber that tells joins, leaves and streams. */
export function hubEvents(onEvent: (event: DaemonEvent) => void): HubSubscriber {
  return {
    onJoined({ number, name, room, origin, address }) {
      onEvent({ event: 'joined', participant: number, name, room, origin, address });
    },
    onLeft({ number, name, room }, reason) {
      onEvent({ event: 'left', participant: number, name, room, reason });
    },
    onChat({ number, name }, text) {
      onEvent({ event: 'chat', participant: number, name, text });
    },
    onStream({ number, name }, { kind, state, by }, reason) {
      const words = reason === undefined ? {} : { reason };
      onEvent({ event: 'stream', participant: number, name, kind, state, by, ...words });
    },
  };
}

/** A row for each stream of each participant, in the order in which they came. */
export function streamRows(hub: Hub): StreamRow[] {
  return [...hub.participants].flatMap(({ number, name, room, streams }) =>
    [...streams.values()].map(({ kind, state, by, stats }) => ({
      participant: number,
      name,
      room,
      kind,
      state,
      by,
      ...stats.figures(),
    })),
  );
}
