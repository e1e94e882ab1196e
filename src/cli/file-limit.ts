/**
 * What is said where the program's modules cannot be read since too few files may be open. Owns the
 * words and how that is known; imports nothing, so that it can always be said.
 */

/** As EXIT.config, the exit code of MEET_OPEN_FILES. */
const BAD_CONFIGURATION = 78;
/** Node reads many modules at once: so many files are enough for all of them. */
const ENOUGH_FILES = 1024;

/** Sets the exit code, too. */
export function tellFileLimit(program: string, stderr: { write(text: string): unknown }): void {
  process.exitCode = BAD_CONFIGURATION;
  stderr.write(
    `${program}: the limit of open files is too low even to start; raise it: ulimit -n ${ENOUGH_FILES} (MEET_OPEN_FILES)\n`,
  );
}

/** Whether a module could not be read since there are too many open files. */
export function isFileLimit(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return false;
  return thrown.code === 'EMFILE' || thrown.code === 'ENFILE';
}
