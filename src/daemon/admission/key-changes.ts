/**
 * What the list of keys says of those who are here, where no command told it: its host has edited the
 * file, or another daemon of this user has. Owns when such a change counts, and applies it to the
 * leaves; reads no file.
 */
import { MeetError } from '../../transport/errors.js';
import { isLoopback } from '../../transport/network-address.js';
import type { AdmittedKey, AdmittedKeys } from './admitted-keys.js';
import type { Grant } from './grant.js';

export class KeyChanges {
  readonly #keys: Pick<AdmittedKeys, 'rows' | 'get'>;
  readonly #grants: Iterable<Grant>;
  /** What the list said when it was looked at last, and when it was applied last. */
  #seen: readonly AdmittedKey[];
  #applied: readonly AdmittedKey[];

  constructor(keys: Pick<AdmittedKeys, 'rows' | 'get'>, grants: Iterable<Grant>) {
    this.#keys = keys;
    this.#grants = grants;
    this.#seen = keys.rows;
    this.#applied = keys.rows;
  }

  /**
   * Call it each second or so. What it sees twice counts: an editor may have moved the file away just
   * now, or be half done with writing it.
   */
  tick(): void {
    const { rows } = this.#keys;
    const isSettled = rows === this.#seen;
    this.#seen = rows;
    if (!isSettled || rows === this.#applied) return;
    this.#applied = rows;
    for (const grant of [...this.#grants]) this.#apply(grant);
  }

  /** On this machine one may be here without a key. */
  #apply(grant: Grant): void {
    const { by, key, address } = grant;
    if (by !== 'key' || key === undefined) return;
    const role = this.#keys.get(key)?.role;
    if (role !== undefined) grant.role = role;
    else if (isLoopback(address)) grant.role = 'present';
    else grant.revoke(new MeetError('MEET_NOT_ADMITTED', 'this key is admitted no more'));
  }
}
