/**
 * Those who wait to be let in. Owns the list, by key and session or by address, and what each is told
 * when the host decides; decides nothing. Of a peer it keeps these few lines and no byte that it sent.
 */
import { MeetError } from '../../transport/errors.js';
import type { Limits } from '../../transport/limits.js';
import { keyFingerprint } from '../../transport/identity.js';
import { didYouMean, someOf } from '../../transport/near-word.js';
import type { StreamKind } from '../../transport/stream-kind.js';
import { whoMakesRoom } from '../unsettled.js';
import { isDropped } from './early-drop.js';

/** Who asks to come in, as far as it is known and proven. */
export interface Applicant {
  /** Cleaned. */
  readonly name: string;
  readonly room: string;
  readonly session: string;
  readonly address: string;
  readonly origin: 'native' | 'older';
  readonly encrypted: boolean;
  /** Its signature was checked. */
  readonly key: string | undefined;
  readonly invite: string | undefined;
  readonly kind: StreamKind;
}

/** A connection that waits. */
export interface WaitingGuest {
  /** It has been let in: ask the admission again. */
  onAdmitted(): void;
  onRefused(fault: MeetError): void;
}

export interface WaitingEntry {
  readonly number: number;
  readonly applicant: Applicant;
  readonly fingerprint: string | undefined;
  readonly sinceUs: number;
}

interface Entry extends WaitingEntry {
  guests: readonly WaitingGuest[];
}

export interface WaitingRoomOptions {
  readonly limits: Limits;
  /** [0, 1), as Math.random. */
  readonly random: () => number;
  readonly wallUs: () => number;
  readonly onBegun: (entry: WaitingEntry) => void;
  readonly onEnded: (entry: WaitingEntry) => void;
}

/** A sharer's three connections and a viewer's three: no session has more. */
const CONNECTIONS_OF_ONE = 6;

export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  readonly #entries = new Map<string, Entry>();
  #nextNumber = 1;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
  }

  get entries(): readonly WaitingEntry[] {
    return [...this.#entries.values()];
  }

  /** Throws MEET_WAITING_FULL. */
  enter(applicant: Applicant, guest: WaitingGuest): WaitingEntry {
    const place = placeOf(applicant);
    const entry = this.#entries.get(place) ?? this.#begin(place, applicant);
    if (entry.guests.length >= CONNECTIONS_OF_ONE) {
      throw full(`${entry.guests.length} connections of this participant wait already`);
    }
    // Of the size that it has, and no larger, as one that grows would be.
    entry.guests = [...entry.guests, guest];
    return entry;
  }

  /** Takes a guest out again, and its participant with the last one. Idempotent. */
  leave(applicant: Applicant, guest: WaitingGuest): void {
    const place = placeOf(applicant);
    const entry = this.#entries.get(place);
    if (entry?.guests.includes(guest) !== true) return;
    entry.guests = entry.guests.filter((each) => each !== guest);
    if (entry.guests.length === 0) this.#end(place, entry);
  }

  /** Takes a participant out; whoever called tells its guests. */
  take(entry: WaitingEntry): readonly WaitingGuest[] {
    const place = placeOf(entry.applicant);
    const known = this.#entries.get(place);
    if (known === undefined) return [];
    this.#end(place, known);
    return known.guests;
  }

  /**
   * By number, else fingerprint, else name or address: nobody's name stands in the way of what was not
   * chosen by who waits. Throws MEET_USAGE with who waits.
   */
  find(target: string): WaitingEntry {
    const found = this.#meant(target);
    const [first, ...others] = found;
    if (first !== undefined && others.length === 0) return first;
    const who = someOf((first === undefined ? this.entries : found).map(words));
    const shown = target.slice(0, 64);
    const names = this.entries.map(({ applicant }) => applicant.name);
    throw new MeetError(
      'MEET_USAGE',
      first === undefined
        ? `nobody waits as "${shown}"${didYouMean(target, names)}; there wait: ${who}`
        : `several wait as "${shown}"; say which one, by number or fingerprint: ${who}`,
    );
  }

  /** Whether somebody who waits is meant. */
  knows(target: string): boolean {
    return this.#meant(target).length > 0;
  }

  #meant(target: string): WaitingEntry[] {
    const rules: ((entry: WaitingEntry) => boolean)[] = [
      ({ number }) => String(number) === target,
      ({ fingerprint }) => fingerprint === target,
      ({ applicant }) => applicant.name === target || applicant.address === target,
    ];
    for (const rule of rules) {
      const found = this.entries.filter(rule);
      if (found.length > 0) return found;
    }
    return [];
  }

  #begin(place: string, applicant: Applicant): Entry {
    const { limits, random, wallUs, onBegun } = this.#options;
    if (isDropped(this.#entries.size, limits, random)) this.#makeRoom(applicant.address);
    const entry: Entry = {
      number: this.#nextNumber,
      // Nothing else of what came is kept.
      applicant: { ...applicant, invite: undefined },
      fingerprint: applicant.key === undefined ? undefined : keyFingerprint(applicant.key),
      sinceUs: wallUs(),
      guests: [],
    };
    this.#nextNumber += 1;
    this.#entries.set(place, entry);
    onBegun(entry);
    return entry;
  }

  /**
   * One address may fill the room, as a hall behind one does, but not keep others out: where it is
   * full, of the address that has the most the one who came last goes. Throws MEET_WAITING_FULL.
   */
  #makeRoom(newcomer: string): void {
    const waiting = this.entries.map((entry) => ({ address: entry.applicant.address, entry }));
    const last = whoMakesRoom(waiting.reverse(), newcomer);
    if (last === undefined) throw full(`${waiting.length} others wait to be let in`);
    if (waiting.length < this.#options.limits['early-drop-full']) return;
    const fault = full(`${last.address} has more who wait than any other address`);
    for (const guest of this.take(last.entry)) guest.onRefused(fault);
  }

  #end(place: string, entry: Entry): void {
    if (this.#entries.get(place) !== entry) return;
    this.#entries.delete(place);
    this.#options.onEnded(entry);
  }
}

/** Nobody joins another's place by its session alone. */
function placeOf({ origin, key, session, address }: Applicant): string {
  return origin === 'older' ? `address ${address}` : `${key ?? address} ${session}`;
}

function words({ number, applicant, fingerprint }: WaitingEntry): string {
  return `${number} ${applicant.name} (${fingerprint ?? applicant.address})`;
}

function full(why: string): MeetError {
  return new MeetError('MEET_WAITING_FULL', `${why} (--limit early-drop-full=N); try again later`);
}
