/**
 * A program beside us that plays what is written to its standard input. Owns starting it (argument
 * array, never a shell), the lines it says and its end; never starts it again.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

import { MeetError, asMeetError, systemErrorCode } from '../transport/errors.js';

/** How long a program may take to end after SIGTERM before it gets SIGKILL. */
const TERM_MS = 1000;
/** A line beyond this is cut: no program that we start says more. */
const MOST_LINE_CHARACTERS = 1000;

export interface OutputProgramStart {
  /** A name on PATH or an absolute path. */
  readonly program: string;
  /** Given to the program as they are; no shell reads them. */
  readonly args: readonly string[];
  /** The program's whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Each line of standard output and error, without control characters; `\r` ends lines, too. */
  readonly onLine: (line: string) => void;
  /** Standard input takes more again. */
  readonly onDrain: () => void;
}

export interface OutputProgram {
  /** Gives the program samples; false when nothing more should be written until `onDrain`. */
  write(pcm: Buffer): boolean;
  /** Resolves with how it ended, in words, when the program is gone. Never rejects. */
  readonly ended: Promise<string>;
  /** SIGTERM, SIGKILL after a second. Idempotent; resolves when the program is gone. */
  close(): Promise<void>;
}

/**
 * Starts a program and resolves when it runs. Rejects with MEET_PROGRAM_MISSING (not on PATH) or
 * MEET_DEVICE_LOST (the system could not start it).
 */
export async function startOutputProgram(start: OutputProgramStart): Promise<OutputProgram> {
  const child = spawn(start.program, [...start.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: start.env,
    shell: false,
    windowsHide: true,
  });
  try {
    await once(child, 'spawn');
  } catch (thrown) {
    throw spawnFault(start.program, thrown);
  }
  const { stdin, stdout, stderr } = child;
  // A broken pipe is told by the program's end as well.
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined);
  stdin.on('drain', start.onDrain);
  splitLines(stdout, start.onLine);
  splitLines(stderr, start.onLine);
  const ended = endOf(child);
  return {
    write: (pcm) => !stdin.destroyed && stdin.write(pcm),
    ended,
    close: closer(child, ended),
  };
}

function splitLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(-MOST_LINE_CHARACTERS);
    for (const line of lines) {
      // A sequence that clears the line (pacat's) goes before its single characters would.
      const words = line.replace(/\p{Cc}\[K|\p{C}/gu, '').trim();
      if (words !== '') onLine(words.slice(0, MOST_LINE_CHARACTERS));
    }
  });
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

async function endOf(child: Child): Promise<string> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      resolve(signal === null ? `exit code ${code ?? 'unknown'}` : signal);
    });
  });
}

function closer(child: Child, ended: Promise<string>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    child.stdin.destroy();
    child.kill('SIGTERM');
    const kill = setTimeout(() => {
      child.kill('SIGKILL');
      // A child of its own may still hold the pipes.
      child.stdout.destroy();
      child.stderr.destroy();
    }, TERM_MS);
    await ended;
    clearTimeout(kill);
  };
  return () => (closing ??= close());
}

function spawnFault(program: string, thrown: unknown): MeetError {
  if (systemErrorCode(thrown) === 'ENOENT') {
    return new MeetError('MEET_PROGRAM_MISSING', `the program "${program}" was not found`, {
      cause: thrown,
    });
  }
  return new MeetError(
    'MEET_DEVICE_LOST',
    `"${program}" could not be started: ${asMeetError(thrown).message}`,
    { cause: thrown },
  );
}
