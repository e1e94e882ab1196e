/**
 * Who is in the meeting, from one roster to the next, and whom this viewer has muted for itself. Owns
 * when a number means somebody else: a daemon that was started anew counts from 1 again.
 */
import type { RosterEntry } from '../transport/roster-records.js';

export class PeopleHere {
  #names: ReadonlyMap<number, string> = new Map();
  readonly #muted = new Set<number>();

  /**
   * Takes the next roster; returns the numbers of those who are here no more, also where another has
   * the number now. Their mutes are forgotten.
   */
  take(roster: readonly RosterEntry[]): number[] {
    const names = new Map(roster.map(({ participant, name }) => [participant, name]));
    const gone = [...this.#names]
      .filter(([participant, name]) => names.get(participant) !== name)
      .map(([participant]) => participant);
    for (const participant of gone) this.#muted.delete(participant);
    this.#names = names;
    return gone;
  }

  isMuted(participant: number): boolean {
    return this.#muted.has(participant);
  }

  /** Of one who is here; anybody else's is not kept. */
  setMuted(participant: number, muted: boolean): void {
    if (muted && this.#names.has(participant)) this.#muted.add(participant);
    else this.#muted.delete(participant);
  }
}
