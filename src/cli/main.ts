/**
 * The entry point of both programs: builds the real world for the commands, catches signals and sets
 * the exit code. The only place that does any of these.
 */
import { isatty } from 'node:tty';

import { systemClock } from '../transport/clock.js';
import { asMeetError, systemErrorCode } from '../transport/errors.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import type { Io } from './io.js';
import { EndingSignal, endingOf } from './io.js';
import { printable, withoutSecret } from './printable.js';
import { runProgram } from './program.js';
import { standardStreams } from './standard-streams.js';
import { isFileLimit, tellFileLimit } from './file-limit.js';
import { readVersion } from './version-answer.js';
import { exitFor } from './until-end.js';

/** After the work is done, nothing may hold the process for longer than this. */
const LINGER_MS = 2000;

/** Runs `meet` or `meetd` with the process's arguments. */
export async function runMeet(program: 'meet' | 'meetd'): Promise<void> {
  const controller = new AbortController();
  const { signal: ending } = controller;
  catchSignals(controller);
  const streams = standardStreams({
    clock: systemClock,
    onGone: (fault) => {
      endUnread(controller, fault);
    },
    onUnwritten: (fault) => {
      streams.stderr.write(`${program}: ${unwritten(fault)}\n`);
    },
  });
  const io: Io = {
    stdin: process.stdin,
    argv: process.argv.slice(2),
    tellParent: tellParent(),
    stdout: streams.stdout,
    stderr: streams.stderr,
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
    // A command's own modules are loaded late.
    else if (isFileLimit(thrown)) tellFileLimit(program, io.stderr);
    else tellFault(program, thrown, io.stderr);
  }
  if (process.exitCode === EXIT.ok && streams.hasFailed) process.exitCode = EXIT.cantWrite;
  await streams.drained(ending);
  process.on('exit', endWithTerminal);
  setTimeout(() => {
    process.exit();
  }, LINGER_MS).unref();
}

function unwritten(thrown: unknown): string {
  const why = asMeetError(thrown).message;
  const isFull = ['ENOSPC', 'EDQUOT'].includes(systemErrorCode(thrown) ?? '');
  const code = isFull ? 'MEET_DISK_FULL' : 'MEET_DISK_WRITE';
  return `standard output cannot be written: ${why}; what cannot be is left out (${code})`;
}

function tellFault(program: string, thrown: unknown, stderr: Io['stderr']): void {
  const fault = asMeetError(thrown);
  process.exitCode = exitCodeOf(fault.code);
  stderr.write(`${program}: ${printable(withoutSecret(fault.message))} (${fault.code})\n`);
  if (fault.code !== 'MEET_INTERNAL') return;
  const lines = (thrown instanceof Error ? (thrown.stack ?? '') : '').split('\n');
  stderr.write(`${lines.map(printable).join('\n')}\n`);
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
function catchSignals(controller: AbortController): void {
  const numbers = { SIGINT: EXIT.sigint, SIGTERM: EXIT.sigterm, SIGHUP: EXIT.sigterm };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // A window that is closed says so twice: by the kernel and by the shell.
      if (controller.signal.aborted && signal !== 'SIGHUP') process.exit(numbers[signal]);
      controller.abort(new EndingSignal(signal));
    });
  }
}

const isBeside = process.send !== undefined;

/**
 * `meet … | head`: nobody reads any more, so there is nothing left to do. But a daemon beside a dashboard
 * goes on without it.
 */
function endUnread(controller: AbortController, fault: unknown): void {
  if (isBeside) return;
  const code = systemErrorCode(fault);
  if (code === 'EPIPE') controller.abort(new EndingSignal('EPIPE'));
  else if (code === 'EIO') controller.abort(new EndingSignal('SIGHUP'));
  else process.exit(EXIT.cantWrite);
}
