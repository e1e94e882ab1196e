/** Runs real Python with real numpy for tests. */
import { spawnSync } from 'node:child_process';
import { needs, python3Path } from '../../setup/programs.js';

/**
 * Every python3 with numpy here: Debian's (numpy 1 on bookworm) and the first on PATH. Where there is
 * none, the name of the one whose tests are skipped.
 */
export function pythons(): string[] {
  if (needs('python3')) return ['/usr/bin/python3'];
  return ['/usr/bin/python3', python3Path()].filter(
    (path, index, all) =>
      all.indexOf(path) === index && spawnSync(path, ['-c', 'import numpy']).status === 0,
  );
}

/** Runs a script; gives its stdout. A warning counts as a failure, as does anything on stderr. */
export function python(
  script: string,
  input: Buffer = Buffer.alloc(0),
  args: readonly string[] = [],
  path = python3Path(),
): Buffer {
  const run = spawnSync(path, ['-W', 'error', '-c', script, ...args], {
    input,
    maxBuffer: 256 * 1024 * 1024,
  });
  if (run.status === 0 && run.stderr.length === 0) return run.stdout;
  throw new Error(`python3 ended with ${String(run.status)}: ${run.stderr.toString()}`);
}
