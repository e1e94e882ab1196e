/**
 * Starts a program once its modules are there. Owns what is said when they can't be loaded; imports
 * none of them itself.
 */

/** As EXIT.config, the exit code of MEET_OPEN_FILES. */
const BAD_CONFIGURATION = 78;
/** Node reads many modules at once: so many files are enough for all of them. */
const ENOUGH_FILES = 1024;

export async function start(program: 'meet' | 'meetd'): Promise<void> {
  try {
    const { runMeet } = await import('./main.js');
    await runMeet(program);
  } catch (thrown) {
    if (!isFileLimit(thrown)) throw thrown;
    tellFileLimit(program, process.stderr);
  }
}

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
