/** Runs real Python with real numpy for tests. */
import { spawnSync } from 'node:child_process';

/** Debian's, where python3-numpy lands. */
export const PYTHON = '/usr/bin/python3';

/** Runs a script; gives its stdout. A warning counts as a failure, as does anything on stderr. */
export function python(
  script: string,
  input: Buffer = Buffer.alloc(0),
  args: string[] = [],
): Buffer {
  const run = spawnSync(PYTHON, ['-W', 'error', '-c', script, ...args], {
    input,
    maxBuffer: 256 * 1024 * 1024,
  });
  if (run.status === 0 && run.stderr.length === 0) return run.stdout;
  throw new Error(`python3 ended with ${String(run.status)}: ${run.stderr.toString()}`);
}
