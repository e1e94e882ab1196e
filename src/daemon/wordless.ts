/**
 * Cuts whoever sends TLS that says nothing. Owns who goes with it and what it costs: as much as
 * guessing credentials; who was let in does so once, and waits for the host when it comes again.
 *
 *   guest, each tick or turn ──judge──> fault? ──> cut, with all that are the same participant
 *                                         └──────> all other guests are judged at once
 */
import { MeetError } from '../transport/errors.js';
import type { Admission } from './admission/admission.js';
import type { Participant } from './participant.js';

/** A connection over TLS, as far as it is judged. */
export interface JudgedGuest {
  readonly address: string;
  /** Whose connection it is; undefined: it was not let in. */
  readonly participant: Participant | undefined;
  /** Of what it sent too little was said: why it is to go; undefined as well when it is cut already. */
  wordlessFault(): MeetError | undefined;
  /** Ends it now, though it may be ending already with some last words. */
  cut(fault: MeetError): void;
}

export class WordlessGuests {
  readonly #admission: Admission;
  readonly #guests: () => Iterable<JudgedGuest>;

  constructor(admission: Admission, guests: () => Iterable<JudgedGuest>) {
    this.#admission = admission;
    this.#guests = guests;
  }

  /**
   * Looks at one, and where it is to go at all others in the same turn: each turn that one more of
   * those who came together stays costs everybody as long as the first one did.
   */
  judge(guest: JudgedGuest): void {
    if (!this.#isCut(guest)) return;
    const whose = new Set([ownerOf(guest)]);
    const others = [...this.#guests()];
    for (const other of others) if (this.#isCut(other)) whose.add(ownerOf(other));
    whose.delete(undefined);
    const words = 'another connection of the same participant carried TLS that says nothing';
    for (const other of others) {
      if (whose.has(ownerOf(other))) other.cut(new MeetError('MEET_TLS_FAILED', words));
    }
  }

  #isCut(guest: JudgedGuest): boolean {
    const fault = guest.wordlessFault();
    if (fault === undefined) return false;
    this.#admission.bad.note(guest.address);
    if (guest.participant !== undefined) this.#admission.sentAway(guest.participant.session);
    guest.cut(fault);
    return true;
  }
}

/** Its key, wherever else it is used, too; without one its session. */
function ownerOf({ participant }: JudgedGuest): string | undefined {
  return participant?.key ?? participant?.session;
}
