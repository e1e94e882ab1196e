/**
 * The hub's happenings as the daemon's events, and its streams as rows of figures. Owns the wording
 * of both; keeps nothing.
 */
import { keyFingerprint } from '../transport/identity.js';
import type { DaemonEvent, StreamRow } from './events.js';
import type { HubSubscriber } from './hub-subscriber.js';
import type { Hub } from './hub.js';
import type { Participant, Stream } from './participant.js';

/** A subscriber that tells joins, leaves and streams. */
export function hubEvents(onEvent: (event: DaemonEvent) => void): HubSubscriber {
  return {
    onJoined(participant) {
      onEvent(joined(participant));
    },
    onLeft({ number, name, room }, reason) {
      onEvent({ event: 'left', participant: number, name, room, reason });
    },
    onChat({ number, name, room }, text) {
      const where = room === undefined ? {} : { room };
      onEvent({ event: 'chat', participant: number, name, ...where, text });
    },
    onHand(participant) {
      onEvent(handState(participant));
    },
    onStream(participant, stream, reason) {
      onEvent(streamState(participant, stream, reason));
    },
  };
}

/** Everybody who is here and their streams, as if they had come just now. */
export function presentEvents(hub: Hub): DaemonEvent[] {
  return [...hub.participants].flatMap((participant) => [
    joined(participant),
    ...[...participant.streams.values()].map((stream) =>
      streamState(participant, stream, stream.host === 'off' ? undefined : stream.reason),
    ),
    ...(participant.hand ? [handState(participant)] : []),
  ]);
}

function handState({ number, name, room, hand }: Participant): DaemonEvent {
  return { event: 'hand', participant: number, name, room, up: hand };
}

function joined(participant: Participant): DaemonEvent {
  const { number, name, room, origin, address, plaintext, key } = participant;
  const fingerprint = key === undefined ? {} : { fingerprint: keyFingerprint(key) };
  return {
    event: 'joined',
    participant: number,
    name,
    room,
    origin,
    address,
    plaintext,
    ...fingerprint,
  };
}

function streamState(
  { number, name, room }: Participant,
  { kind, state, by }: Stream,
  reason: string | undefined,
): DaemonEvent {
  const words = reason === undefined ? {} : { reason };
  return { event: 'stream', participant: number, name, room, kind, state, by, ...words };
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
