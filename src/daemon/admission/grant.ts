/**
 * The leave to be here that one connection has, and the role that goes with it. Owns that it can be
 * changed and taken back while the connection lives; ends no connection itself.
 */
import type { Role } from '../../transport/admission-records.js';
import { MeetError } from '../../transport/errors.js';
import type { Act } from './roles.js';
import { leastRole, mayDo } from './roles.js';

export interface GrantOptions {
  readonly role: Role;
  /** The only room that it is for; undefined: any. */
  readonly room: string | undefined;
  /** One word: `loopback`, `open`, `host`, `invite:ID`, `plain-from`. */
  readonly by: string;
  readonly key: string | undefined;
  readonly session: string;
  readonly address: string;
  /** The connection is gone: nobody needs to be told any more. */
  readonly onRelease: (grant: Grant) => void;
}

export class Grant {
  role: Role;
  readonly room: string | undefined;
  readonly by: string;
  readonly key: string | undefined;
  readonly session: string;
  readonly address: string;
  readonly #onRelease: (grant: Grant) => void;
  #onRevoked: (fault: MeetError) => void = () => undefined;

  constructor({ role, room, by, key, session, address, onRelease }: GrantOptions) {
    this.role = role;
    this.room = room;
    this.by = by;
    this.key = key;
    this.session = session;
    this.address = address;
    this.#onRelease = onRelease;
  }

  may(act: Act): boolean {
    return mayDo(this.role, act);
  }

  /** Who ends the connection when the leave is taken back. */
  whenRevoked(end: (fault: MeetError) => void): void {
    this.#onRevoked = end;
  }

  revoke(fault: MeetError): void {
    this.release();
    this.#onRevoked(fault);
  }

  /** Idempotent. */
  release(): void {
    this.#onRelease(this);
  }
}

/** Why somebody with this leave may not do `what`, which is an `act`. */
export function roleFault({ role, by }: Grant, act: Act, what: string): MeetError {
  const needed = leastRole(act);
  return new MeetError(
    'MEET_ROLE',
    `the role "${role}" (by ${by}) may not ${what}, it takes the role "${needed}"; there it is given with: meet ctl admit NAME --role ${needed}, or: meet invite --role ${needed}`,
  );
}
