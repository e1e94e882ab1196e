/**
 * Whom the host has sent away: whole sessions, and single streams of a session. Owns that they are
 * refused for the daemon's life, and the words for it; ends no connection itself.
 */
import { MeetError } from '../transport/errors.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { forgetOldest } from './oldest.js';

/** Entries that are remembered; beyond that the oldest is forgotten. */
const MOST_REMEMBERED = 10_000;

export class SentAway {
  readonly #entries = new Set<string>();

  /** `kind`: that stream alone; undefined: all of it. */
  add(session: string, kind?: StreamKind): void {
    this.#entries.add(entryOf(session, kind));
    forgetOldest(this.#entries, MOST_REMEMBERED);
  }

  /** Why a connection is refused; `publishes`: the stream that it brings, if it brings one. */
  fault(session: string, publishes: StreamKind | undefined): MeetError | undefined {
    if (this.#entries.has(entryOf(session, undefined))) return sentAway();
    if (publishes === undefined || !this.#entries.has(entryOf(session, publishes)))
      return undefined;
    return streamSentAway(publishes);
  }
}

export function sentAway(): MeetError {
  return new MeetError('MEET_NOT_ADMITTED', 'the host sent this participant away');
}

export function streamSentAway(kind: StreamKind): MeetError {
  return new MeetError('MEET_STREAM_SENT_AWAY', `the host sent the ${kind} away`);
}

/** No session has a slash. */
function entryOf(session: string, kind: StreamKind | undefined): string {
  return kind === undefined ? session : `${session}/${kind}`;
}
