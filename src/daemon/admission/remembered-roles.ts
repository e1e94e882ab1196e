/**
 * Whom the host has let in without a key: older clients by their address, native ones by their session.
 * Owns the list, which ends with the daemon; decides nothing.
 */
import type { Role } from '../../transport/admission-records.js';
import { forgetOldest } from '../oldest.js';
import { memoryOf, olderAddress } from './memory-of.js';
import type { Applicant } from './waiting-room.js';

type Peer = Pick<Applicant, 'origin' | 'address' | 'session'>;

/** Beyond that the oldest is forgotten. */
const MOST_REMEMBERED = 10_000;

export class RememberedRoles {
  readonly #roles = new Map<string, Role>();

  /** Undefined: it has to wait. */
  of(peer: Peer): Role | undefined {
    return this.#roles.get(memoryOf(peer));
  }

  keep(peer: Peer, role: Role): void {
    this.#roles.set(memoryOf(peer), role);
    forgetOldest(this.#roles, MOST_REMEMBERED);
  }

  drop(peer: Peer): void {
    this.#roles.delete(memoryOf(peer));
  }

  /** Whether there was one of this address or session, which is none any more. */
  forget(target: string): boolean {
    const gone = [...this.#roles.keys()].filter((each) => each.endsWith(` ${target}`));
    for (const each of gone) this.#roles.delete(each);
    return gone.length > 0;
  }

  /** Of older clients. */
  get addresses(): { address: string; role: Role }[] {
    return [...this.#roles].flatMap(([memory, role]) => {
      const address = olderAddress(memory);
      return address === undefined ? [] : [{ address, role }];
    });
  }
}
