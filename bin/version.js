// What --version answers, without loading anything else. Owns the answer of both programs.
import { readFileSync } from 'node:fs';

/** Whether that alone was asked for. */
export function asksForVersion([first, ...rest]) {
  return (first === '--version' || first === '-V') && rest.length === 0;
}

/** Exit code 73 where it can't be written; a pipe that nobody reads is none of that. */
export function tellVersion(program) {
  process.stdout.on('error', ({ code, message }) => {
    if (code === 'EPIPE') return;
    process.exitCode = 73;
    process.stderr.write(`${program}: standard output cannot be written: ${message}\n`);
  });
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  process.stdout.write(`${JSON.parse(manifest).version}\n`);
}
