/**
 * The entry point of both programs: builds the real world for the commands, catches signals and sets
 * the exit code. The only place that does any of these.
 */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

import { systemClock } from '../transport/clock.js';
import { asMeetError, systemErrorCode } from '../transport/errors.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import type { FileOutOptions } from './file-out.js';
import { FileOut, isFileOut } from './file-out.js';
import type { Io, TextOut } from './io.js';
import { EndingSignal } from './io.js';
import { printable } from './printable.js';
import { runProgram } from './program.js';

/** After the work is done, nothing may hold the process for longer than this. */
const LINGER_MS = 2000;

/** Runs `meet` or `meetd` with the process's arguments. */
export async function runMeet(program: 'meet' | 'meetd'): Promise<void> {
  const ending = catchSignals();
  const stderr = standardOut(process.stderr, { fd: 2, onFault: () => undefined });
  const stdout = standardOut(process.stdout, {
    fd: 1,
    onFault: (thrown) => stderr.write(`${program}: ${unwritten(thrown)}\n`),
  });
  const io: Io = {
    stdin: process.stdin,
    argv: process.argv.slice(2),
    tellParent: tellParent(),
    stdout,
    stderr,
    env: process.env,
    platform: process.platform,
    clock: systemClock,
    random: Math.random,
    ending,
    version: readVersion(),
  };
  try {
    process.exitCode = await runProgram(program, process.argv.slice(2), io);
  } catch (thrown) {
    const fault = asMeetError(thrown);
    process.exitCode = exitCodeOf(fault.code);
    stderr.write(`${program}: ${printable(fault.message)} (${fault.code})\n`);
    if (fault.code === 'MEET_INTERNAL') {
      const lines = (thrown instanceof Error ? (thrown.stack ?? '') : '').split('\n');
      stderr.write(`${lines.map(printable).join('\n')}\n`);
    }
  }
  if (process.exitCode === EXIT.ok && stdout instanceof FileOut && stdout.hasFailed) {
    process.exitCode = EXIT.cantWrite;
  }
  process.on('exit', endWithTerminal);
  setTimeout(() => {
    process.exit();
  }, LINGER_MS).unref();
}

/** A pipe or terminal is Node's own; a file outlives a full disk. */
function standardOut(stream: NodeJS.WriteStream, options: FileOutOptions): TextOut {
  return isFileOut(options.fd) ? new FileOut(options) : stream;
}

function unwritten(thrown: unknown): string {
  const why = asMeetError(thrown).message;
  const isFull = ['ENOSPC', 'EDQUOT'].includes(systemErrorCode(thrown) ?? '');
  const code = isFull ? 'MEET_DISK_FULL' : 'MEET_DISK_WRITE';
  return `standard output cannot be written: ${why}; what cannot be is left out (${code})`;
}

const terminals = [0, 1, 2].filter((fd) => isatty(fd));

/**
 * Node puts the settings of its terminals back at its very end, and aborts, with a core dump, where
 * one is gone (ResetStdio in node.cc): then SIGHUP ends it before that, as it would by default.
 */
function endWithTerminal(): void {
  if (terminals.every((fd) => isatty(fd))) return;
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

/** A channel to the parent, as `meet serve` has one to the daemon beside its dashboard. */
function tellParent(): Io['tellParent'] {
  if (process.send === undefined) return undefined;
  // The parent may die at any time, and the channel must not hold the process.
  process.channel?.unref();
  process.on('disconnect', () => undefined);
  return (event) => {
    if (process.connected) process.send?.(event);
  };
}

/** The first signal asks for a clean end, the second one ends at once. */
function catchSignals(): AbortSignal {
  const controller = new AbortController();
  const numbers = { SIGINT: EXIT.sigint, SIGTERM: EXIT.sigterm, SIGHUP: EXIT.sigterm };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // A window that is closed says so twice: by the kernel and by the shell.
      if (controller.signal.aborted && signal !== 'SIGHUP') process.exit(numbers[signal]);
      controller.abort(new EndingSignal(signal));
    });
  }
  // `meet … | head`: nobody reads any more, so there is nothing left to do. But a daemon beside a
  // dashboard goes on without it.
  const isBeside = process.send !== undefined;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (isBeside) return;
      const code = systemErrorCode(error);
      if (code === 'EPIPE') controller.abort(new EndingSignal('EPIPE'));
      else if (code === 'EIO') controller.abort(new EndingSignal('SIGHUP'));
      else process.exit(EXIT.cantWrite);
    });
  }
  return controller.signal;
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return version ? String(manifest.version) : 'unknown';
}
