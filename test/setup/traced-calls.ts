/**
 * A `meet` whose system calls that take a path are written down by strace. Owns the trace file and its
 * reading; starts nothing else.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MeetProgram } from './meet-program.js';
import { startMeet } from './meet-program.js';

/** Every call that names a file, of all threads. */
const TRACE = ['-f', '-qq', '-e', 'trace=%file', '-s', '4096', '-xx'];

export class TracedCalls {
  readonly program: MeetProgram;
  readonly #file: string;

  /** Runs `meet` under strace; ask `needs('strace')` first. */
  static start(folder: string, args: readonly string[]): Promise<TracedCalls> {
    const file = join(folder, 'strace.txt');
    const program = startMeet(args, { cwd: folder, within: ['strace', ...TRACE, '-o', file] });
    return Promise.resolve(new TracedCalls(program, file));
  }

  private constructor(program: MeetProgram, file: string) {
    this.program = program;
    this.#file = file;
  }

  /** Every path that a call was given so far, once each. */
  async paths(): Promise<string[]> {
    const text = await readFile(this.#file, 'latin1');
    // -xx writes every byte of a text as \x2f.
    const found = text.matchAll(/"((?:\\x[0-9a-f]{2})+)"/g);
    const paths = [...found].map(([, hex = '']) =>
      Buffer.from(hex.replaceAll('\\x', ''), 'hex').toString('utf8'),
    );
    return [...new Set(paths)];
  }

  /** Those below a folder, relative to it; '' is the folder itself. */
  async pathsBelow(root: string): Promise<string[]> {
    const below = (await this.paths()).filter(
      (path) => path === root || path.startsWith(`${root}/`),
    );
    return below.map((path) => path.slice(root.length + 1));
  }
}
