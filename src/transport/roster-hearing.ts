/**
 * The roster as each connection of a viewer tells it: whole in its welcome, then anew with each change.
 * Owns what was told where, since only of one connection the order is known: the welcome of another may
 * come after news, and be older. Opens and ends no connection.
 */
import type { Welcome } from './handshake-records.js';
import type { Roster, RosterEntry } from './roster-records.js';
import type { StreamKind } from './stream-kind.js';

/** More than any daemon lets in; a roster that goes on for longer has no end. */
export const ROSTER_PARTICIPANTS_MAX = 10_000;

interface Told {
  /** The beginning of a roster that comes in several records. */
  readonly soFar: RosterEntry[];
  readonly whole: readonly RosterEntry[] | undefined;
}

export class RosterHearing {
  readonly #told = new Map<StreamKind, Told>();

  /** A connection has begun: what an earlier one told is over. */
  begin(kind: StreamKind, { roster, more }: Pick<Welcome, 'roster' | 'more'>): void {
    this.#told.set(kind, { soFar: [], whole: more === true ? undefined : roster });
  }

  /** False for a roster without an end. */
  take(kind: StreamKind, { participants, more }: Roster): boolean {
    const { soFar = [], whole } = this.#told.get(kind) ?? {};
    soFar.push(...participants);
    if (more !== true) this.#told.set(kind, { soFar: [], whole: soFar });
    else this.#told.set(kind, { soFar, whole });
    return more !== true || soFar.length < ROSTER_PARTICIPANTS_MAX;
  }

  forget(kind: StreamKind): void {
    this.#told.delete(kind);
  }

  /** The newest whole one that this connection told; the same object until there is another. */
  of(kind: StreamKind): readonly RosterEntry[] | undefined {
    return this.#told.get(kind)?.whole;
  }
}
