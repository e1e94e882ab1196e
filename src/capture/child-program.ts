/**
 * A program that runs beside us and writes to its standard output. Owns starting it (argument array,
 * never a shell), the last words it said on standard error, and its end. Never reads its output and
 * never starts it again.
 */
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { MeetError, systemErrorCode } from '../transport/errors.js';
import { missingProgram } from './missing-program.js';

/** How much of standard error is kept. */
const STDERR_TAIL_BYTES = 4096;
/** How long a program may take to end after SIGTERM before it gets SIGKILL. */
const TERM_MS = 1000;
/** How long the last words may take to arrive when the program is gone but a child of it is not. */
const LAST_WORDS_MS = 200;

export interface ProgramStart {
  /** A name on PATH or an absolute path. */
  readonly program: string;
  /** Given to the program as they are; no shell reads them. */
  readonly args: readonly string[];
  /** The program's whole environment; ours when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Aborting it is `close()`. */
  readonly signal?: AbortSignal;
  /** `pipe` gives `stdin`; the default `ignore` gives the program an empty one. */
  readonly stdin?: 'ignore' | 'pipe';
  /**
   * The program starts others: it leads a process group of its own, and all of that group ends with
   * it. Not on Windows, where only the program itself is ended.
   */
  readonly group?: boolean;
}

/** How a program ended: one of both is null. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildProgram {
  readonly pid: number;
  /** The program waits once 64 KiB or so are unread: pausing it is the way to slow it down. */
  readonly stdout: Readable;
  /** Only with `stdin: 'pipe'`. Its errors (EPIPE) are swallowed: `ended` tells the same. */
  readonly stdin: Writable | undefined;
  /** The last 4 KiB of standard error, without control characters but newlines, trimmed. */
  stderrTail(): string;
  /** Resolves when the program is gone and its last words are in. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /**
   * Ends it: SIGTERM, SIGKILL after a second. Idempotent. Resolves when the program is gone; what it
   * had written and nobody had read is lost.
   */
  close(): Promise<void>;
}

/**
 * Starts a program and resolves when it runs. Rejects with MEET_PROGRAM_MISSING (not on PATH, not
 * executable), MEET_DEVICE_LOST (the system could not start it), MEET_CLOSED (signal aborted).
 */
export async function startProgram(start: ProgramStart): Promise<ChildProgram> {
  if (start.signal?.aborted === true) throw abortedStart(start.program);
  const group = start.group === true && process.platform !== 'win32';
  const child = spawn(start.program, [...start.args], {
    detached: group,
    stdio: [start.stdin ?? 'ignore', 'pipe', 'pipe'],
    env: start.env ?? process.env,
    shell: false,
    windowsHide: true,
  });
  return adoptProgram(start.program, child, start.signal, group);
}

/**
 * Watches over a program that was spawned in this same tick, by us or by a library, with pipes for
 * standard output and error. Resolves and rejects as `startProgram` does; it reads standard error.
 * `leadsGroup`: it was spawned `detached`, and its whole process group ends with it.
 */
export async function adoptProgram(
  program: string,
  child: ChildProcess,
  signal?: AbortSignal,
  leadsGroup = false,
): Promise<ChildProgram> {
  try {
    await once(child, 'spawn');
  } catch (thrown) {
    throw spawnFault(program, thrown);
  }
  const { stdout, stderr, stdin, pid } = child;
  if (stdout === null || stderr === null || pid === undefined) {
    throw new MeetError('MEET_INTERNAL', `"${program}" was started without pipes`);
  }
  const tail = keepTail(stderr);
  const ended = endOf(child, stderr);
  const close = closer(child, stdout, ended, leadsGroup);
  stdout.on('error', ignoreError);
  stdin?.on('error', ignoreError);
  closeOnAbort(signal, close, ended);
  return { pid, stdout, stdin: stdin ?? undefined, stderrTail: tail, ended, close };
}

/** A broken pipe is told by `ended` as well, with the program's own words. */
function ignoreError(): void {
  return;
}

function keepTail(stderr: Readable): () => string {
  let kept = Buffer.alloc(0);
  stderr.on('error', ignoreError);
  stderr.on('data', (chunk: Buffer) => {
    const both = Buffer.concat([kept, chunk]);
    kept = both.subarray(Math.max(0, both.length - STDERR_TAIL_BYTES));
  });
  return () => printable(kept.toString('utf8'));
}

/** Text without control, format and unpaired characters; newlines stay, carriage returns end lines. */
function printable(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{C}\n]/gu, '')
    .trim();
}

async function endOf(child: ChildProcess, stderr: Readable): Promise<ProgramEnd> {
  const said = new Promise<void>((resolve) => {
    stderr.once('close', resolve);
  });
  const end = await new Promise<ProgramEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const late = setTimeout(() => stderr.destroy(), LAST_WORDS_MS);
  await said;
  clearTimeout(late);
  return end;
}

function closer(
  child: ChildProcess,
  stdout: Readable,
  ended: Promise<ProgramEnd>,
  group: boolean,
): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    // A program that is blocked in a write to us would not get to its SIGTERM handler.
    stdout.destroy();
    child.stdin?.destroy();
    if (child.exitCode === null && child.signalCode === null) end(child, 'SIGTERM', group);
    const kill = setTimeout(() => {
      end(child, 'SIGKILL', group);
    }, TERM_MS);
    await ended;
    clearTimeout(kill);
    if (group) end(child, 'SIGKILL', group);
  };
  return () => (closing ??= close());
}

function end(child: ChildProcess, signal: NodeJS.Signals, group: boolean): void {
  if (!group || child.pid === undefined) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'ESRCH') throw thrown; // ESRCH: the whole group is gone
  }
}

function closeOnAbort(
  signal: AbortSignal | undefined,
  close: () => Promise<void>,
  ended: Promise<ProgramEnd>,
): void {
  if (signal === undefined) return;
  const onAbort = (): void => {
    void close();
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  void ended.then(() => {
    signal.removeEventListener('abort', onAbort);
  });
}

function spawnFault(program: string, thrown: unknown): MeetError {
  const code = systemErrorCode(thrown);
  if (code === 'ENOENT') return missingProgram(basename(program), process.platform, thrown);
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  if (code === 'EACCES') {
    return new MeetError(
      'MEET_PROGRAM_MISSING',
      `"${program}" may not be run by this user (${words}); mend it: chmod +x "${program}"`,
      { cause: thrown },
    );
  }
  return new MeetError('MEET_DEVICE_LOST', `"${program}" could not be started: ${words}`, {
    cause: thrown,
  });
}

function abortedStart(program: string): MeetError {
  return new MeetError(
    'MEET_CLOSED',
    `"${program}" was not started: the capture was closed before`,
  );
}
