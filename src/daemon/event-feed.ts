/**
 * The daemon's events, told to one connection: first what is now, as if it had come just now, then
 * whatever happens. Owns who may see which event; sends nothing itself.
 */
import type { Clock } from '../transport/clock.js';
import type { DaemonEvent } from './events.js';
import type { Hub } from './hub.js';
import { presentEvents } from './hub-events.js';
import type { Participant } from './participant.js';

export interface EventSource {
  readonly hub: Hub;
  /** Tells a further listener of what happens; returns what ends it. */
  follow(listener: (event: DaemonEvent) => void): () => void;
}

/** Synchronous: what is now has been told when it returns. Returns what ends the telling. */
export function tellEvents(source: EventSource, tell: (event: DaemonEvent) => void): () => void {
  for (const event of presentEvents(source.hub)) tell(event);
  return source.follow(tell);
}

/** An event with its time, as `--json` writes it. */
export function stampedEvent(event: DaemonEvent, clock: Clock): Record<string, unknown> {
  return { ...event, at: new Date(clock.wallUs() / 1000).toISOString() };
}

/** What a participant is told: a host everything, others what their room shows them anyway. */
export function eventFor(
  { number, room }: Participant,
  isHost: boolean,
  event: DaemonEvent,
): DaemonEvent | undefined {
  const isOwn = event.event === 'joined' && event.participant === number;
  if (isOwn) return undefined;
  if (isHost) return event;
  switch (event.event) {
    case 'joined':
      return event.room === room ? withoutPlace(event) : undefined;
    case 'left':
    case 'stream':
      return event.room === room ? event : undefined;
    case 'chat':
    case 'hand':
      // The host speaks to all rooms.
      return event.room === undefined || event.room === room ? event : undefined;
    default:
      return undefined;
  }
}

/** As the roster tells it: neither from where somebody comes nor by which key. */
function withoutPlace(event: DaemonEvent & { event: 'joined' }): DaemonEvent {
  const { participant, name, room, origin, plaintext } = event;
  return { event: 'joined', participant, name, room, origin, plaintext };
}
