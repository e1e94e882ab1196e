/**
 * The keyboard as Ink reads it, without the terminal's answers. Owns the listener on the real input,
 * the wait that tells Esc from the start of a sequence, and who hears the answers; gives keys no
 * meaning.
 */
import { PassThrough } from 'node:stream';
import type { Clock } from '../../transport/clock.js';
import type { InputPart, TerminalReply } from './reply-parser.js';
import { ReplyParser } from './reply-parser.js';

/** What is used of process.stdin; a test's own terminal has the same few methods. */
export interface TerminalInput {
  readonly isTTY?: boolean;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'end', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  setRawMode?(raw: boolean): unknown;
  ref?(): unknown;
  unref?(): unknown;
}

/** How long a lone Esc waits for the rest of a sequence; over a link parts come apart. */
const KEY_PATIENCE_MS = 50;
/** How long a begun answer may take; then it is dropped, so that it never becomes keys. */
const REPLY_PATIENCE_MS = 1000;
/** Keys kept while nobody reads them; more are dropped. */
const KEYS_WAITING_MAX_BYTES = 16_384;

/** The stream that Ink gets as its stdin. */
export class KeyStream extends PassThrough {
  readonly isTTY = true;
  readonly #input: TerminalInput;

  constructor(input: TerminalInput) {
    super();
    this.#input = input;
  }

  /** Raw mode is the dashboard's from its start to its end: Ink may ask for it, not give it up. */
  setRawMode(raw: boolean): this {
    if (raw) this.#input.setRawMode?.(true);
    return this;
  }

  ref(): this {
    this.#input.ref?.();
    return this;
  }

  unref(): this {
    this.#input.unref?.();
    return this;
  }
}

export class FilteredInput {
  /** Keys only. */
  readonly keys: KeyStream;
  readonly #input: TerminalInput;
  readonly #clock: Clock;
  readonly #parser = new ReplyParser();
  readonly #listeners = new Set<(reply: TerminalReply) => void>();
  #cancelWait: (() => void) | undefined;
  #closed = false;

  /** Takes raw mode and reads from now on. */
  constructor(input: TerminalInput, clock: Clock) {
    this.#input = input;
    this.#clock = clock;
    this.keys = new KeyStream(input);
    input.setRawMode?.(true);
    input.on('data', this.#onData);
    input.on('end', this.#onEnd);
    input.resume();
  }

  /** Calls `listener` with each answer; returns what stops it. */
  onReply(listener: (reply: TerminalReply) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Gives raw mode back until `resume`. */
  suspend(): void {
    if (!this.#closed) this.#input.setRawMode?.(false);
  }

  /** The shell may have changed the line's settings, which Node takes for what it set itself. */
  resume(): void {
    if (this.#closed) return;
    this.#input.setRawMode?.(false);
    this.#input.setRawMode?.(true);
  }

  /** Gives raw mode and the input back. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelWait?.();
    this.#listeners.clear();
    this.#input.off('data', this.#onData);
    this.#input.off('end', this.#onEnd);
    this.#input.setRawMode?.(false);
    this.#input.pause();
    this.keys.end();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    this.#deliver(this.#parser.push(chunk));
    const { pending } = this.#parser;
    if (pending === undefined) return;
    const patienceMs = pending === 'key' ? KEY_PATIENCE_MS : REPLY_PATIENCE_MS;
    this.#cancelWait = this.#clock.after(patienceMs, () => {
      this.#deliver(this.#parser.flush());
    });
  };

  readonly #onEnd = (): void => {
    this.#cancelWait?.();
    this.#deliver(this.#parser.flush());
    this.keys.end();
  };

  #deliver(parts: readonly InputPart[]): void {
    for (const part of parts) {
      if (this.#closed) return; // a listener may close
      if (part.type === 'reply') for (const listener of this.#listeners) listener(part.reply);
      else if (this.keys.readableLength < KEYS_WAITING_MAX_BYTES) this.keys.write(part.bytes);
    }
  }
}
