/**
 * The entry point of both programs: builds the real world for the commands, catches signals and sets
 * the exit code. The only place that does any of these.
 */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

import { systemClock } from '../transport/clock.js';
import { asMeetError, systemErrorCode } from '../transport/errors.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import type { Io } from './io.js';
import { EndingSignal, endingOf } from './io.js';
import { printable } from './printable.js';
import { runProgram } from './program.js';
import { exitFor } from './until-end.js';

/** After the work is done, nothing may hold the process for longer than this. */
const LINGER_MS = 2000;

/** Runs `meet` or `meetd` with the process's arguments. */
export async function runMeet(program: 'meet' | 'meetd'): Promise<void> {
  const ending = catchSignals();
  const io: Io = {
    stdin: process.stdin,
    argv: process.argv.slice(2),
    tellParent: tellParent(),
    stdout: process.stdout,
    stderr: process.stderr,
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
    const ended = endingOf(thrown);
    if (ended !== undefined) process.exitCode = exitFor(ended);
    else tellFault(program, thrown);
  }
  process.on('exit', endWithTerminal);
  setTimeout(() => {
    process.exit();
  }, LINGER_MS).unref();
}

function tellFault(program: string, thrown: unknown): void {
  const fault = asMeetError(thrown);
  process.exitCode = exitCodeOf(fault.code);
  process.stderr.write(`${program}: ${printable(fault.message)} (${fault.code})\n`);
  if (fault.code !== 'MEET_INTERNAL') return;
  const lines = (thrown instanceof Error ? (thrown.stack ?? '') : '').split('\n');
  process.stderr.write(`${lines.map(printable).join('\n')}\n`);
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
