/**
 * Runs test/setup/older-player.py, a player of the older wire. Owns the child process; what it plays is
 * the test's. Ask `needs('python3')` first.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { Journal } from './journal.js';
import { python3Path } from './programs.js';

const SCRIPT = fileURLToPath(new URL('./older-player.py', import.meta.url));

export interface OlderPlayer {
  readonly pid: number;
  /** Where it listens, as a host. */
  readonly port: Promise<number>;
  /** Its last line and exit code: `won`, `lost`, `tie`, `gone`. */
  readonly ended: Promise<{ readonly last: string; readonly exitCode: number | null }>;
}

/** Starts it; it ends with the test. As a host it listens on any free port. */
export function startOlderPlayer(
  role: 'host' | 'guest',
  port: number,
  moves: readonly string[],
): OlderPlayer {
  const child = spawn(python3Path(), [SCRIPT, role, String(port), ...moves], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = new Journal<string>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
  });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  return {
    pid: child.pid ?? 0,
    port: lines.first((line) => line.startsWith('port ')).then((line) => Number(line.slice(5))),
    ended: closed.then(() => ({
      last: lines.entries.at(-1) ?? '',
      exitCode: child.exitCode,
    })),
  };
}
