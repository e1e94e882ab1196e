/**
 * Makes a folder of this user's alone, with all that is missing above it. Owns the order. Node's own
 * recursive `mkdir` tries for ever, without coming back, where the system calls the new folder itself
 * not there, as below /proc, and calls a full disk a folder that is not there.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { systemErrorCode } from './errors.js';

const OWN_MODE = 0o700;

/** Leaves folders that are there as they are. Throws system errors, ENOTDIR and EEXIST among them. */
export function makePrivateFolder(path: string): void {
  const missing: string[] = [];
  // Of / and of a drive always true.
  for (let at = resolve(path); !isThere(at); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) makeOne(folder);
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Another program may make it at the same time. */
function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: OWN_MODE });
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'EEXIST') throw thrown;
  }
}
