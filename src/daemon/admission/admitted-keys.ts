/**
 * Keys that were let in: who may come in without waiting. Owns the list and its text, a line each:
 *
 *   ed25519 <key, base64url> <role> <since, ISO 8601> <by whom> <name, to the end of the line>
 *
 * Public keys only. Lines that begin with # are kept out of the list and lost when it is written.
 */
import { cleanName } from '../../transport/clean-text.js';
import type { Role } from '../../transport/admission-records.js';
import { ROLES } from '../../transport/admission-records.js';
import { MeetError } from '../../transport/errors.js';
import { isKey, keyFingerprint } from '../../transport/identity.js';
import { FollowedText } from './followed-text.js';
import type { TextFile } from './text-file.js';

export interface AdmittedKey {
  readonly key: string;
  readonly name: string;
  readonly role: Role;
  /** ISO 8601. */
  readonly since: string;
  /** One word: `host`, `invite:ID`. */
  readonly by: string;
}

const HEAD = '# Keys that may come in without waiting: ed25519 KEY ROLE SINCE BY NAME';

export class AdmittedKeys {
  readonly #list: FollowedText<readonly AdmittedKey[]>;

  /** Reads the file. Throws MEET_IDENTITY that names a line which can't be read. */
  constructor(file: TextFile, onFault: (fault: MeetError) => void) {
    this.#list = new FollowedText<readonly AdmittedKey[]>({
      ...{ file, parse: parseAdmitted, format: formatAdmitted, onFault },
    });
  }

  get rows(): readonly AdmittedKey[] {
    return this.#list.content;
  }

  get(key: string): AdmittedKey | undefined {
    return this.rows.find((row) => row.key === key);
  }

  /** The key that has this name; undefined: nobody's. */
  owner(name: string): string | undefined {
    return this.rows.find((row) => row.name === name)?.key;
  }

  /** Adds or changes. Throws MEET_NAME_TAKEN when another key has the name, and MEET_IDENTITY. */
  admit(row: AdmittedKey): void {
    this.#list.alone(() => {
      this.#admit(row);
    });
  }

  #admit(row: AdmittedKey): void {
    const owner = this.owner(row.name);
    if (owner !== undefined && owner !== row.key) {
      throw new MeetError(
        'MEET_NAME_TAKEN',
        `"${row.name}" is admitted with another key, ${keyFingerprint(owner)}; if that one is gone: meet ctl forget "${row.name}"`,
      );
    }
    this.#list.replace([...this.rows.filter(({ key }) => key !== row.key), row]);
  }

  /** By name, fingerprint or key. */
  meant(target: string): AdmittedKey[] {
    return this.rows.filter(
      ({ name, key }) => name === target || key === target || keyFingerprint(key) === target,
    );
  }

  /** Takes rows of `meant` out. Throws MEET_IDENTITY. */
  remove(gone: readonly AdmittedKey[]): void {
    const isGone = (row: AdmittedKey): boolean =>
      gone.some(({ key, name }) => key === row.key && name === row.name);
    if (gone.length === 0) return;
    this.#list.alone(() => {
      this.#list.replace(this.rows.filter((row) => !isGone(row)));
    });
  }
}

function formatAdmitted(rows: readonly AdmittedKey[]): string {
  const lines = rows.map(
    ({ key, role, since, by, name }) => `ed25519 ${key} ${role} ${since} ${by} ${name}`,
  );
  return `${[HEAD, ...lines].join('\n')}\n`;
}

/** Throws MEET_IDENTITY for the first line that is not as above. */
export function parseAdmitted(text: string, where: string): AdmittedKey[] {
  return text.split('\n').flatMap((line, at) => {
    const row = line.trim();
    if (row === '' || row.startsWith('#')) return [];
    const [, key = '', role = '', since = '', by = '', name = ''] =
      /^ed25519 (\S+) (\S+) (\S+) (\S+) (.+)$/.exec(row) ?? [];
    const known = ROLES.find((each) => each === role);
    if (isKey(key) && known !== undefined && !Number.isNaN(Date.parse(since))) {
      return [{ key, role: known, since, by, name: cleanName(name) }];
    }
    throw new MeetError(
      'MEET_IDENTITY',
      `${where}, line ${at + 1}: expected "ed25519 KEY ROLE SINCE BY NAME" with a role of ${ROLES.join(', ')}; mend or remove the line`,
    );
  });
}
