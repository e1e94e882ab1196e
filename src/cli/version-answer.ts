/**
 * What --version answers; nothing else is loaded for it, since scripts ask often. Owns the answer of
 * both programs.
 */
import { readFileSync } from 'node:fs';

const MANIFEST = new URL('../../package.json', import.meta.url);
/** As EXIT.cantWrite. */
const CANT_WRITE = 73;

/** Whether the version alone was asked for. */
export function asksForVersion([first, ...rest]: readonly string[]): boolean {
  return (first === '--version' || first === '-V') && rest.length === 0;
}

/** Of the package; `unknown` where that has none. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return version ? String(manifest.version) : 'unknown';
}

/** Exit code 73 where it can't be written; a pipe that nobody reads is none of that. */
export function tellVersion(program: 'meet' | 'meetd'): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.exitCode = CANT_WRITE;
    const code = error.code === 'ENOSPC' ? 'MEET_DISK_FULL' : 'MEET_DISK_WRITE';
    process.stderr.write(
      `${program}: standard output cannot be written: ${error.message} (${code})\n`,
    );
  });
  process.stdout.write(`${readVersion()}\n`);
}
