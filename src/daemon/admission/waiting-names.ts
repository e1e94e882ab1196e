/**
 * The names of those who wait, beside all that a host may take them for: of who is here, who waits, and
 * whose key is known. Owns which these are; the words are name-caution.ts's.
 */
import { NameShapes, nameCaution } from '../name-caution.js';
import type { AdmittedKey, AdmittedKeys } from './admitted-keys.js';
import type { WaitingEntry } from './waiting-room.js';

export class WaitingNames {
  readonly #keys: AdmittedKeys;
  readonly #present: () => Iterable<string>;
  /** Of all who wait: kept, since anybody may make these many. */
  readonly #waiting = new NameShapes();
  /** Of the list of keys as it was when it was looked at last: it may be long. */
  #known: { readonly rows: readonly AdmittedKey[]; readonly shapes: NameShapes } | undefined;

  /** `present`: names of those who are here. */
  constructor(keys: AdmittedKeys, present: () => Iterable<string>) {
    this.#keys = keys;
    this.#present = present;
  }

  enter({ applicant }: WaitingEntry): void {
    this.#waiting.add(applicant.name);
  }

  leave({ applicant }: WaitingEntry): void {
    this.#waiting.remove(applicant.name);
  }

  /** Why the host should look twice at each one's name; undefined: nothing is odd about it. */
  cautions(entries: readonly WaitingEntry[]): readonly (string | undefined)[] {
    const among = [new NameShapes(this.#present()), this.#waiting, this.#knownShapes()];
    return entries.map(({ applicant }) => nameCaution(applicant.name, among));
  }

  #knownShapes(): NameShapes {
    const { rows } = this.#keys;
    if (this.#known?.rows !== rows) {
      this.#known = { rows, shapes: new NameShapes(rows.map(({ name }) => name)) };
    }
    return this.#known.shapes;
  }
}
