/**
 * Where this checkout is and what git keeps of it. Owns paths only.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Absolute path of the checkout, without a slash at the end. */
export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Paths that git tracks, relative to the checkout. */
export function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: CHECKOUT, encoding: 'utf8' });
  return listed.split('\0').filter((path) => path !== '');
}
