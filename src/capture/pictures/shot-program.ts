/**
 * A library that takes pictures, in a Node process of its own. Owns that process and the few bytes
 * spoken with it. The libraries need it: they read DISPLAY from the process they are in, start
 * programs that outlive a time limit, and fail in promises that nobody can catch.
 *
 *   we ──"\n"──> child: take a picture      child ──ok u8, length u32, bytes──> we
 */
import { MeetError } from '../../transport/errors.js';
import type { FrameReader } from '../../transport/frame-reader.js';
import { feed } from '../../transport/frame-reader.js';
import { LIMIT_TABLE } from '../../transport/limits.js';
import type { ChildProgram } from '../child-program.js';
import { startProgram } from '../child-program.js';

/** 1 for a picture, 0 for words; then the length of what follows, big-endian. */
const HEAD_BYTES = 5;
/** An uncompressed picture of the largest size, with alpha, and its headers. */
const ANSWER_MOST_BYTES =
  LIMIT_TABLE['picture-width'].default * LIMIT_TABLE['picture-height'].default * 4 + 65_536;

/** Runs in the child before a library's own script, which defines `take`, an async function. */
const HARNESS = `
const answer = (ok, body) => {
  const head = Buffer.alloc(${HEAD_BYTES});
  head[0] = ok;
  head.writeUInt32BE(body.length, 1);
  process.stdout.write(Buffer.concat([head, body]));
};
const fail = (thrown) => answer(0, Buffer.from(String((thrown && thrown.message) || thrown)));
process.on('unhandledRejection', fail);
process.on('uncaughtException', fail);
process.stdin.on('data', () => void take().then((picture) => answer(1, picture), fail));
process.stdin.on('end', () => process.exit());
`;

export interface ShotScript {
  /** CommonJS that defines `take`; reads its arguments from process.argv, from index 1 on. */
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ShotProgram {
  /**
   * Takes a picture; one at a time. Rejects with MEET_DEVICE_LOST and the library's words; at once,
   * and for good, when the signal aborts: then the program is closed.
   */
  take(signal: AbortSignal): Promise<Buffer>;
  /** Ends the process and all that it started. Idempotent; `take` rejects. Never rejects itself. */
  close(): Promise<void>;
}

/** Starts the process. Rejects as `startProgram` does. */
export async function startShotProgram({ script, args, env }: ShotScript): Promise<ShotProgram> {
  const program = await startProgram({
    program: process.execPath,
    args: ['-e', `${script}${HARNESS}`, ...args],
    env,
    stdin: 'pipe',
    group: true,
  });
  return new ShotChild(program);
}

class ShotChild implements ShotProgram {
  readonly #program: ChildProgram;
  readonly #reader = new AnswerReader((ok, body) => {
    this.#settle(ok, body);
  });
  #onPicture: ((picture: Buffer) => void) | undefined;
  #onFailure: ((fault: MeetError) => void) | undefined;
  #endedWords: string | undefined;

  constructor(program: ChildProgram) {
    this.#program = program;
    program.stdout.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    void program.ended.then(() => {
      this.#endedWords = program.stderrTail().split('\n').at(-1) ?? '';
      this.#fail(`its process ended: ${this.#endedWords}`);
    });
  }

  async take(signal: AbortSignal): Promise<Buffer> {
    const closeNow = (): void => {
      void this.close(); // never rejects, and makes the shot end
    };
    signal.addEventListener('abort', closeNow, { once: true });
    try {
      return await this.#ask();
    } finally {
      signal.removeEventListener('abort', closeNow);
    }
  }

  #ask(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#onPicture = resolve;
      this.#onFailure = reject;
      if (this.#endedWords === undefined) this.#program.stdin?.write('\n');
      else this.#fail(`its process ended: ${this.#endedWords}`);
    });
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  #read(chunk: Buffer): void {
    try {
      feed(this.#reader, chunk);
    } catch (thrown) {
      this.#fail(thrown instanceof Error ? thrown.message : String(thrown));
      void this.#program.close(); // never rejects
    }
  }

  #settle(ok: boolean, body: Buffer): void {
    if (ok) this.#onPicture?.(body);
    else this.#fail(body.toString('utf8').replaceAll(/\s+/g, ' ').trim().slice(0, 400));
  }

  #fail(words: string): void {
    this.#onFailure?.(new MeetError('MEET_DEVICE_LOST', words));
  }
}

class AnswerReader implements FrameReader {
  readonly #onAnswer: (ok: boolean, body: Buffer) => void;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #body: Buffer | undefined;
  #filled = 0;

  constructor(onAnswer: (ok: boolean, body: Buffer) => void) {
    this.#onAnswer = onAnswer;
  }

  get state(): 'idle' | 'header' | 'body' {
    if (this.#body !== undefined) return 'body';
    return this.#filled === 0 ? 'idle' : 'header';
  }

  get receivedBytes(): number {
    return this.#body === undefined ? 0 : this.#filled;
  }

  get expectedBytes(): number {
    return this.#body?.length ?? 0;
  }

  window(): Buffer {
    return (this.#body ?? this.#head).subarray(this.#filled);
  }

  advance(count: number): void {
    this.#filled += count;
    const body = this.#body;
    if (body === undefined) {
      if (this.#filled === HEAD_BYTES) this.#beginBody(this.#head.readUInt32BE(1));
    } else if (this.#filled === body.length) {
      this.#endBody(body);
    }
  }

  #beginBody(length: number): void {
    if (length > ANSWER_MOST_BYTES) {
      throw new MeetError(
        'MEET_FRAME_TOO_LARGE',
        `the picture is ${length} bytes, limit is ${ANSWER_MOST_BYTES}`,
      );
    }
    this.#filled = 0;
    if (length === 0) this.#endBody(Buffer.alloc(0));
    else this.#body = Buffer.allocUnsafeSlow(length);
  }

  #endBody(body: Buffer): void {
    this.#body = undefined;
    this.#filled = 0;
    this.#onAnswer(this.#head[0] === 1, body);
  }
}
