/**
 * Starts a program once its modules are there. Owns what is said when they can't be loaded; imports
 * none of them itself but the words for that.
 */
import { isFileLimit, tellFileLimit } from './file-limit.js';

export async function start(program: 'meet' | 'meetd'): Promise<void> {
  try {
    const { runMeet } = await import('./main.js');
    await runMeet(program);
  } catch (thrown) {
    if (!isFileLimit(thrown)) throw thrown;
    tellFileLimit(program, process.stderr);
  }
}
