/**
 * What a test asks before it runs real programs. Owns the answer "can this run here?"; installs
 * nothing (ensure-programs.mjs does, before the tests).
 *
 *   describe.skipIf(needs('xvfb', 'ffmpeg'))('the screen', () => { … });
 */
import type { ProgramName } from './program-table.mjs';
import { findPython3, isPresent, mendingWords, pathsOf } from './program-table.mjs';

const answers = new Map<ProgramName, boolean>();

/**
 * True when something named is missing here, so that the tests must be skipped. With `CI=true`
 * nothing may be skipped: then a missing program throws, which fails the whole file.
 */
export function needs(...names: readonly ProgramName[]): boolean {
  const missing = names.filter((name) => !isHere(name));
  if (missing.length > 0 && process.env.CI === 'true') {
    throw new Error(
      `${missing.join(', ')} not found on PATH, and with CI=true no test may be skipped: ` +
        mendingWords(missing),
    );
  }
  return missing.length > 0;
}

/** Absolute path of a program on PATH. Throws when it is not there: ask `needs` first. */
export function programPath(program: string): string {
  const [path] = pathsOf(program);
  if (path === undefined) throw new Error(`${program} is not on PATH: ${process.env.PATH ?? ''}`);
  return path;
}

/** Absolute path of a python3 that imports numpy. Throws when there is none. */
export function python3Path(): string {
  const path = findPython3();
  if (path === undefined) {
    throw new Error(`no python3 imports numpy here: ${mendingWords(['python3'])}`);
  }
  return path;
}

function isHere(name: ProgramName): boolean {
  const known = answers.get(name);
  if (known !== undefined) return known;
  const answer = isPresent(name);
  answers.set(name, answer);
  return answer;
}
