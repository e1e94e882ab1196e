/**
 * Standard input as lines, one when it is asked for. Owns the listener and a bounded look ahead: what
 * is not read yet stays with whoever writes it. Gives lines no meaning.
 */
import type { Readable } from 'node:stream';

/** Longest line taken; the rest of a longer one is passed over, and the line is cut to this. */
export const LINE_CHARACTERS = 80;
/** Lines that may wait here before the input is paused. */
const LINES_WAITING = 64;

export class LineInput {
  readonly #input: Readable;
  readonly #lines: string[] = [];
  #line = '';
  #ended = false;
  #waiter: ((line: string | undefined) => void) | undefined;

  /** Reads from now on, until `close`. */
  constructor(input: Readable) {
    this.#input = input;
    input.on('data', this.#onData);
    input.on('end', this.#onEnd);
    input.on('error', this.#onEnd);
  }

  /** The next line without its end; undefined when there is none any more. One call at a time. */
  next(): Promise<string | undefined> {
    const line = this.#lines.shift();
    if (this.#lines.length < LINES_WAITING && !this.#ended) this.#input.resume();
    if (line !== undefined || this.#ended) return Promise.resolve(line);
    return new Promise((resolve) => {
      this.#waiter = resolve;
    });
  }

  /** Gives the input back; a waiting `next` gets undefined. Idempotent. */
  close(): void {
    this.#input.off('data', this.#onData);
    this.#input.off('end', this.#onEnd);
    this.#input.off('error', this.#onEnd);
    this.#input.pause();
    this.#ended = true;
    this.#give(undefined);
  }

  readonly #onData = (chunk: Buffer | string): void => {
    const [first = '', ...others] = chunk.toString('latin1').split('\n');
    this.#append(first);
    for (const part of others) {
      this.#push();
      this.#append(part);
    }
    if (this.#lines.length >= LINES_WAITING) this.#input.pause();
  };

  readonly #onEnd = (): void => {
    if (this.#ended) return;
    if (this.#line !== '') this.#push();
    this.#ended = true;
    this.#give(undefined);
  };

  #append(part: string): void {
    this.#line += part.slice(0, LINE_CHARACTERS - this.#line.length);
  }

  #push(): void {
    const line = this.#line.replace(/\r$/, '');
    this.#line = '';
    if (this.#waiter === undefined) this.#lines.push(line);
    else this.#give(line);
  }

  #give(line: string | undefined): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.(line);
  }
}
