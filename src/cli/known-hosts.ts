/**
 * Which key each daemon had when it was first met, as known_hosts of SSH: a line each, `HOST:PORT
 * SHA256:…`. Owns the file and the words for a key that has changed.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

import { MeetError, systemErrorCode } from '../transport/errors.js';
import { parseFingerprint } from '../transport/identity.js';
import { makePrivateFolder } from '../transport/private-folder.js';
import { stateFile } from './state-folder.js';

export class KnownHosts {
  readonly #path: string;
  /** Told when a daemon is met for the first time. */
  readonly #onFirst: (name: string, fingerprint: string) => void;

  constructor(path: string, onFirst: (name: string, fingerprint: string) => void) {
    this.#path = path;
    this.#onFirst = onFirst;
  }

  /** Remembers a daemon that is new. Throws MEET_PIN_CHANGED, MEET_IDENTITY. */
  trust(name: string, fingerprint: string): void {
    const text = stateFile(this.#path).read() ?? '';
    const lines = text.split('\n').map(wordsOf);
    const at = lines.findIndex(([known]) => known === name.toLowerCase());
    const pinned = parseFingerprint(lines[at]?.[1] ?? '');
    if (pinned === fingerprint) return;
    if (at !== -1) {
      const where = `line ${at + 1} of ${this.#path}`;
      throw pinned === undefined
        ? pinUnreadable(name, fingerprint, where)
        : pinChanged(name, pinned, fingerprint, `remove ${where}`);
    }
    // Whoever has edited the file may have left its last line without an end.
    const before = text === '' || text.endsWith('\n') ? '' : '\n';
    this.#add(`${name} ${fingerprint}`, before);
    this.#onFirst(name, fingerprint);
  }

  #add(line: string, before: string): void {
    try {
      makePrivateFolder(dirname(this.#path));
      appendWhole(this.#path, Buffer.from(`${before}${line}\n`));
    } catch (cause) {
      const why =
        systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
      throw new MeetError(
        'MEET_IDENTITY',
        `${this.#path} cannot be written (${why}), so that the daemon's key cannot be remembered; compare it there, then give it: --pin ${line.split(' ')[1] ?? ''}`,
        { cause },
      );
    }
  }
}

/**
 * Of a line that somebody may have edited: with tabs, a space before it, a mark that an editor puts
 * before a text (U+FEFF), a name in capitals. Overlooked, it would let in whoever comes next.
 */
function wordsOf(line: string): readonly string[] {
  const [name = '', ...others] = line.trim().split(/\s+/);
  return [name.toLowerCase(), ...others];
}

/** Throws MEET_PIN_CHANGED unless both are the same. `whose`: where the pin comes from. */
export function requirePin(name: string, pin: string, fingerprint: string, whose: string): void {
  if (pin !== fingerprint) throw pinChanged(name, pin, fingerprint, `use a new ${whose}`);
}

/**
 * Adds a line, whole or not at all: half of one would be taken for a key that has changed. In one
 * write, since others may add to the file at the same moment.
 */
function appendWhole(path: string, line: Buffer): void {
  const file = openSync(path, 'a', 0o600);
  try {
    const written = writeSync(file, line);
    if (written === line.length) return;
    ftruncateSync(file, fstatSync(file).size - written);
    throw new Error('the disk is full');
  } finally {
    closeSync(file);
  }
}

function pinUnreadable(name: string, shown: string, where: string): MeetError {
  return new MeetError(
    'MEET_PIN_CHANGED',
    `what is remembered of the daemon at ${name} cannot be read: ${where} is not whole. ` +
      `It shows ${shown} now; compare it there (meet status --json, or its first lines), then remove the line`,
  );
}

function pinChanged(name: string, pinned: string, shown: string, mend: string): MeetError {
  return new MeetError(
    'MEET_PIN_CHANGED',
    `the daemon at ${name} has another key than before: pinned is ${pinned}, it shows ${shown}. ` +
      `Somebody may be in between. If its key was changed on purpose, compare the second one there (meet status --json, or its first lines), then ${mend}`,
  );
}
