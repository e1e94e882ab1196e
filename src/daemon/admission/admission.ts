/**
 * Who may come in. Owns the decision, the leaves that were given and the waiting room; knows no
 * socket. Whoever asks ends the connections.
 *
 *   applicant ──> known key, invite, loopback, --open, --plain-from ──> grant
 *       ├──> a rule is broken, or a credential is bad ──> refused (thrown)
 *       └──> nobody knows it ──> waiting room ──> the host admits or refuses
 */
import type { Clock } from '../../transport/clock.js';
import type { Role } from '../../transport/admission-records.js';
import { MeetError, asMeetError } from '../../transport/errors.js';
import type { Limits } from '../../transport/limits.js';
import { AddressRanges, isLoopback } from '../../transport/network-address.js';
import type { DaemonEvent } from '../events.js';
import { forgetOldest } from '../oldest.js';
import { nobodyAdmitted, shownInvite, tlsOnly, untilTheEnd } from './admission-faults.js';
import type { AdmissionRules } from './admission-rules.js';
import type { AdmittedKey } from './admitted-keys.js';
import { AdmittedKeys } from './admitted-keys.js';
import { BadCredentials } from './bad-credentials.js';
import { Grant } from './grant.js';
import type { InviteRow } from './invites.js';
import { Invites } from './invites.js';
import { KeyChanges } from './key-changes.js';
import { KnownAddresses } from './known-addresses.js';
import { memoryOf, olderSession } from './memory-of.js';
import { RememberedRoles } from './remembered-roles.js';
import { greater } from './roles.js';
import { waitingEvent } from './waiting-event.js';
import { WaitingNames } from './waiting-names.js';
import type { Applicant, WaitingEntry, WaitingGuest } from './waiting-room.js';
import { WaitingRoom } from './waiting-room.js';

/** Who is here, as the roster knows it. */
export type PresentPeer = Pick<Applicant, 'name' | 'origin' | 'address' | 'session' | 'key'>;

export interface AdmissionOptions {
  readonly rules: AdmissionRules;
  readonly clock: Clock;
  readonly limits: Limits;
  /** [0, 1), as Math.random. */
  readonly random: () => number;
  readonly onEvent: (event: DaemonEvent) => void;
  /** Names of those who are here. */
  readonly present: () => Iterable<string>;
}

/** Keys and addresses that were sent away; beyond that the oldest is forgotten. */
const MOST_SENT_AWAY = 10_000;

export class Admission {
  readonly room: WaitingRoom;
  readonly bad: BadCredentials;
  readonly known: KnownAddresses;
  readonly keys: AdmittedKeys;
  readonly invites: Invites;
  readonly names: WaitingNames;
  readonly remembered = new RememberedRoles();
  readonly #options: AdmissionOptions;
  readonly #plainFrom: AddressRanges;
  readonly #changes: KeyChanges;
  readonly #grants = new Set<Grant>();
  /** Keys, and addresses of older clients, that were sent away: they wait when they come again. */
  readonly #sentAway = new Set<string>();

  /** Throws MEET_IDENTITY for a list that can't be read. */
  constructor(options: AdmissionOptions) {
    const { rules, clock, limits, random, onEvent } = options;
    this.#options = options;
    this.#plainFrom = new AddressRanges(rules.plainFrom);
    const onFault = ({ code, message }: MeetError): void => {
      onEvent({ event: 'error', code, message });
    };
    this.keys = new AdmittedKeys(rules.admitted, onFault);
    this.invites = new Invites(rules.invites, clock, onFault);
    this.#changes = new KeyChanges(this.keys, this.#grants);
    this.bad = new BadCredentials(clock, limits);
    this.known = new KnownAddresses(clock, limits);
    this.room = new WaitingRoom({
      limits,
      random,
      wallUs: () => clock.wallUs(),
      onBegun: (entry) => {
        this.names.enter(entry);
        const [caution] = this.names.cautions([entry]);
        onEvent(waitingEvent(entry, 'begun', caution));
      },
      onEnded: (entry) => {
        this.names.leave(entry);
        onEvent(waitingEvent(entry, 'ended', undefined));
      },
    });
    this.names = new WaitingNames(this.keys, options.present);
  }

  /** Call it each second or so. */
  tick(): void {
    this.#changes.tick();
    this.invites.tick();
  }

  /** Throws why connections of this kind are not taken from there at all. */
  requireAllowed({ address, encrypted, origin }: Omit<Applicant, 'name' | 'invite'>): void {
    const { tlsRequired, plain } = this.#options.rules;
    if (encrypted) return;
    if (tlsRequired) {
      throw tlsOnly();
    }
    if (plain || (origin === 'native' && isLoopback(address))) return;
    throw new MeetError(
      'MEET_PLAIN_REFUSED',
      `plain connections are not taken from ${address} (--plain off)`,
    );
  }

  /** The leave to come in; undefined: it has to wait. Throws why it is refused. */
  grantFor(applicant: Applicant): Grant | undefined {
    this.requireAllowed(applicant);
    if (this.#isSentAway(applicant)) return undefined;
    const known = this.#knownKey(applicant);
    const invite = this.#invited(applicant, known !== undefined);
    if (invite !== undefined) {
      const role = known === undefined ? invite.role : greater(invite.role, known.role);
      return this.#grant(applicant, role, `invite:${invite.id}`, invite.room);
    }
    if (known !== undefined) return this.#grant(applicant, known.role, 'key');
    if (isLoopback(applicant.address)) return this.#grant(applicant, 'present', 'loopback');
    if (this.#options.rules.open) return this.#grant(applicant, 'present', 'open');
    if (!applicant.encrypted && this.#plainFrom.has(applicant.address)) {
      return this.#grant(applicant, 'present', 'plain-from');
    }
    const role = this.remembered.of(applicant);
    return role === undefined ? undefined : this.#grant(applicant, role, 'host');
  }

  /** Until it is told, or leaves as the applicant of what is returned. Throws MEET_WAITING_FULL. */
  wait(applicant: Applicant, guest: WaitingGuest): WaitingEntry {
    return this.room.enter(applicant, guest);
  }

  /** The host lets in one who waits, or changes the role of one who is known. */
  admit(target: string, role: Role, by: string): { name: string; role: Role } {
    const known = this.keys.rows.find(({ name }) => name === target);
    if (known !== undefined && !this.room.knows(target)) return this.#changeRole(known, role);
    const entry = this.room.find(target);
    const { applicant } = entry;
    const { key, name } = applicant;
    if (key === undefined) this.remembered.keep(applicant, role);
    else this.keys.admit({ key, name, role, since: this.#now(), by });
    this.#sentAway.delete(key ?? memoryOf(applicant));
    this.#options.onEvent({
      event: 'admitted',
      name,
      role,
      by,
      address: applicant.address,
      ...(entry.fingerprint === undefined ? {} : { fingerprint: entry.fingerprint }),
    });
    for (const guest of this.room.take(entry)) guest.onAdmitted();
    return { name, role };
  }

  /** One who is here by an invite, or on this machine: its key is let in from now on. Throws as `admit`. */
  admitHere(present: PresentPeer, role: Role, by: string): { name: string; role: Role } {
    const { key, name, session } = present;
    if (key !== undefined) {
      return this.#changeRole({ key, name, role, since: this.#now(), by }, role);
    }
    this.remembered.keep(present, role);
    for (const grant of this.#grants) if (grant.session === session) grant.role = role;
    return { name, role };
  }

  /** The host does not let in one who waits. */
  refuse(target: string): WaitingEntry {
    const entry = this.room.find(target);
    const fault = new MeetError('MEET_NOT_ADMITTED', 'the host did not let this participant in');
    for (const guest of this.room.take(entry)) guest.onRefused(fault);
    return entry;
  }

  /**
   * Takes back what was given to a name, a key or an address. Throws MEET_USAGE for nobody known, and
   * MEET_IDENTITY where the list can't be written: until the daemon ends it is taken back all the same.
   */
  forget(target: string): { names: string[] } {
    const gone = this.keys.meant(target);
    const wasRemembered = this.remembered.forget(target);
    const keys = new Set(gone.map(({ key }) => key));
    if (gone.length === 0 && !wasRemembered) {
      const addresses = this.remembered.addresses.map(({ address }) => address);
      throw nobodyAdmitted(target, [...this.keys.rows.map(({ name }) => name), ...addresses]);
    }
    this.#revoke(
      // Whoever is here for another reason, such as on this machine, stays.
      ({ key, address, by }) =>
        (by === 'key' && key !== undefined && keys.has(key)) ||
        (by === 'host' && wasRemembered && address === target),
      new MeetError('MEET_NOT_ADMITTED', 'the host has taken back the leave to be here'),
    );
    try {
      this.keys.remove(gone);
    } catch (thrown) {
      for (const key of keys) this.#sentAway.add(key);
      throw untilTheEnd(thrown);
    }
    return { names: gone.map(({ name }) => name) };
  }

  /** Whoever is here by that invite is put out, too. Throws as `forget` does. */
  revokeInvite(id: string): InviteRow {
    const kept = this.invites.revoke(id);
    this.#revoke(
      ({ by }) => by === `invite:${id}`,
      new MeetError('MEET_INVITE_REVOKED', `invite ${id} was revoked`),
    );
    try {
      return kept();
    } catch (thrown) {
      throw untilTheEnd(thrown);
    }
  }

  /** A participant was sent away: from elsewhere it waits when it comes again. */
  sentAway(session: string): void {
    for (const grant of this.#grants) {
      if (grant.session !== session || isLoopback(grant.address)) continue;
      const { address } = grant;
      const older = { origin: 'older', address, session } as const;
      if (grant.key !== undefined) this.#sentAway.add(grant.key);
      else if (grant.session === olderSession(grant.address)) this.#sentAway.add(memoryOf(older));
      this.remembered.drop(older);
      this.remembered.drop({ origin: 'native', address, session });
    }
    forgetOldest(this.#sentAway, MOST_SENT_AWAY);
  }

  /** Neither its key nor an invite nor an open door helps one whom the host has sent away. */
  #isSentAway(applicant: Applicant): boolean {
    if (isLoopback(applicant.address)) return false;
    return this.#sentAway.has(applicant.key ?? memoryOf(applicant));
  }

  #knownKey({ key }: Applicant): AdmittedKey | undefined {
    return key === undefined ? undefined : this.keys.get(key);
  }

  /** A bad invite is no harm to one whose key is known. */
  #invited(applicant: Applicant, isKnown: boolean): InviteRow | undefined {
    const { invite, key, session, address, encrypted } = applicant;
    if (invite === undefined) return undefined;
    try {
      if (!encrypted && !isLoopback(address)) throw shownInvite();
      return this.invites.use(invite, key ?? session);
    } catch (thrown) {
      if (isKnown) return undefined;
      const fault = asMeetError(thrown);
      if (fault.code === 'MEET_BAD_CREDENTIALS') this.bad.note(address);
      throw fault;
    }
  }

  #changeRole(known: AdmittedKey, role: Role): { name: string; role: Role } {
    this.keys.admit({ ...known, role });
    this.#sentAway.delete(known.key);
    for (const grant of this.#grants) if (grant.key === known.key) grant.role = role;
    return { name: known.name, role };
  }

  #grant(applicant: Applicant, role: Role, by: string, room?: string): Grant {
    const { key, session, address } = applicant;
    const grant = new Grant({
      role,
      room,
      by,
      key,
      session,
      address,
      onRelease: (released) => {
        if (this.#grants.delete(released)) this.known.note(address);
      },
    });
    this.#grants.add(grant);
    this.known.note(address);
    return grant;
  }

  #revoke(isMeant: (grant: Grant) => boolean, fault: MeetError): void {
    for (const grant of [...this.#grants]) if (isMeant(grant)) grant.revoke(fault);
  }

  #now(): string {
    return new Date(this.#options.clock.wallUs() / 1000).toISOString();
  }
}
