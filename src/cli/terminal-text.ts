/**
 * Text to a terminal that may take nothing for a while: Ctrl-S, a window that hangs, a slow link. Owns
 * what waits for it, so that a daemon goes on meanwhile; formats nothing.
 *
 *   write ──> [ at most 4 MiB wait ] ──offered again──> terminal
 *                 │ full: left out, counted, told by the next text
 */
import type { WriteStream } from 'node:tty';

import type { Clock } from '../transport/clock.js';
import { offerPatiently, openPatiently, pauseSync } from '../tui/terminal/patient-line.js';
import type { TextOut } from './io.js';
import { LINES_WAITING_BYTES, lossWords } from './line-out.js';

/** Between two offers. */
const RETRY_MS = 5;
/** How long the last words of a program that was told to end may take. */
const LAST_WORDS_MS = 250;

/** What is used of process.stdout. */
export type TextStream = Pick<WriteStream, 'write' | 'columns' | 'rows'> & { readonly fd: number };

export class TerminalText implements TextOut {
  readonly isTTY = true;
  readonly #stream: TextStream;
  readonly #fd: number | undefined;
  readonly #clock: Clock;
  readonly #onGone: (fault: unknown) => void;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #lost = 0;
  #cancel: (() => void) | undefined;

  /** `onGone`: the terminal cannot be written to any more; nothing waits then. */
  constructor(stream: TextStream, clock: Clock, onGone: (fault: unknown) => void) {
    this.#stream = stream;
    this.#clock = clock;
    this.#onGone = onGone;
    this.#fd = openPatiently(stream.fd);
  }

  get columns(): number {
    return this.#stream.columns;
  }

  get rows(): number {
    return this.#stream.rows;
  }

  get writableLength(): number {
    return this.#waitingBytes;
  }

  /** False when something waits, or was left out. */
  write(text: string | Uint8Array): boolean {
    if (this.#fd === undefined) return this.#stream.write(text);
    if (this.#waitingBytes > LINES_WAITING_BYTES) {
      this.#lost += 1;
      return false;
    }
    if (this.#lost > 0) this.#add(Buffer.from(lossWords(this.#lost), 'utf8'));
    this.#lost = 0;
    this.#add(typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
    if (this.#cancel === undefined) this.#offer(this.#fd);
    return this.#waitingBytes === 0;
  }

  /** Resolves when nothing waits any more, or the signal aborts. */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.#waitingBytes > 0 && !signal.aborted) {
      await this.#clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }

  /** At the end of the process: offers what waits for 250 ms more, without turning the event loop. */
  writeNow(): void {
    if (this.#fd === undefined) return;
    const untilMs = this.#clock.now() + LAST_WORDS_MS;
    this.#offer(this.#fd);
    while (this.#waitingBytes > 0 && this.#clock.now() < untilMs) {
      pauseSync(RETRY_MS);
      this.#offer(this.#fd);
    }
  }

  #add(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #offer(fd: number): void {
    this.#cancel?.();
    this.#cancel = undefined;
    try {
      this.#offerAll(fd);
    } catch (thrown) {
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#onGone(thrown);
    }
  }

  #offerAll(fd: number): void {
    let done = 0;
    for (const bytes of this.#waiting) {
      const taken = offerPatiently(fd, bytes);
      this.#waitingBytes -= taken;
      if (taken < bytes.length) {
        this.#waiting = [bytes.subarray(taken), ...this.#waiting.slice(done + 1)];
        this.#cancel = this.#clock.after(RETRY_MS, () => {
          this.#offer(fd);
        });
        return;
      }
      done += 1;
    }
    this.#waiting = [];
  }
}
