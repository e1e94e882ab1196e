/** What a process that runs a test file is called in `ps`. Owns this name alone. */

/** @param file Its absolute path. */
export function titleOf(file: string): string {
  return `vitest: ${file}`;
}
