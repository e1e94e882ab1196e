/**
 * The names of those who wait, beside all that a host may take them for: of who is here, who waits, and
 * whose key is known. Owns which these are; the words are name-caution.ts's.
 */
import { NameShapes, nameCaution } from '../name-caution.js';
import type { AdmittedKey, AdmittedKeys } from './admitted-keys.js';
import type { WaitingEntry, WaitingRoom } from './waiting-room.js';

export class WaitingNames {
  readonly #keys: AdmittedKeys;
  readonly #room: WaitingRoom;
  readonly #present: () => Iterable<string>;
  /** Of the list of keys as it was when it was looked at last: it may be long. */
  #known: { readonly rows: readonly AdmittedKey[]; readonly shapes: NameShapes } | undefined;

  /** `present`: names of those who are here. */
  constructor(keys: AdmittedKeys, room: WaitingRoom, present: () => Iterable<string>) {
    this.#keys = keys;
    this.#room = room;
    this.#present = present;
  }

  /** Why the host should look twice at this one's name; undefined: nothing is odd about it. */
  caution({ applicant }: WaitingEntry): string | undefined {
    const { rows } = this.#keys;
    if (this.#known?.rows !== rows) {
      this.#known = { rows, shapes: new NameShapes(rows.map(({ name }) => name)) };
    }
    const waiting = this.#room.entries.map((each) => each.applicant.name);
    const here = new NameShapes([...this.#present(), ...waiting]);
    return nameCaution(applicant.name, [here, this.#known.shapes]);
  }
}
