/**
 * Bytes to the terminal that never make this program wait. Owns a file description of its own, so
 * that the shell's stays blocking or not as it was; composes nothing.
 *
 * What the terminal doesn't take is offered again (patient-line.ts). Such an offer returns at once, so
 * that it needs no thread: none waits behind pictures that are decoded, and none writes once the
 * terminal was given back.
 */
import { close, readSync, write } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Clock } from '../../transport/clock.js';
import { isFull, offerPatiently, openPatiently, pauseSync } from './patient-line.js';

const writeByThread = promisify(write);
const closeFile = promisify(close);

/** Between two offers to a terminal that takes nothing: quick at first, then easy on the CPU. */
const RETRY_FIRST_MS = 2;
const RETRY_MAX_MS = 16;
/** How long the last words may take on a terminal that reads nothing. */
const LAST_WORDS_MS = 250;
/** Bytes offered at once: the kernel takes 4 to 64 KiB. */
const OFFER_BYTES = 65_536;
/** Bytes that a quick terminal takes before others get their turn: about a millisecond. */
const TURN_BYTES = 262_144;

export class TerminalOutput {
  readonly #fd: number;
  readonly #own: boolean;
  readonly #clock: Clock;
  #ending = new AbortController();
  /** Ends the wait of a write for room. */
  #wake: () => void = () => undefined;
  #writing = false;
  #under: Promise<void> = Promise.resolve();
  #closed = false;

  /** `fd` is the terminal's, such as process.stdout.fd; it stays open and as it was. */
  constructor(fd: number, clock: Clock) {
    this.#clock = clock;
    const opened = openPatiently(fd);
    this.#fd = opened ?? fd;
    this.#own = opened !== undefined;
  }

  /** Whether a write is under way. */
  get writing(): boolean {
    return this.#writing;
  }

  /** Resolves when no write is under way; never rejects. */
  idle(): Promise<void> {
    return this.#under;
  }

  /**
   * Writes all of it; resolves when the terminal's line has taken the last byte. One write at a time:
   * rejects with a RangeError while another is under way, with the system's error when the terminal
   * is gone, and with an AbortError when it is closed before the end.
   */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#writing) return Promise.reject(new RangeError('a write is under way'));
    this.#writing = true;
    const run = this.#writeAll(bytes).finally(() => {
      this.#writing = false;
    });
    this.#under = run.catch(() => undefined);
    return run;
  }

  /**
   * Gives up what is under way; where a thread writes, waits for its end for at most 250 ms. What is
   * written after that comes last. Later calls of `write` reject.
   */
  async cut(): Promise<void> {
    this.#abort();
    await Promise.race([this.#under, this.#clock.sleep(LAST_WORDS_MS)]);
  }

  /** Writes the last words at once, also while the program crashes. Gives up after 250 ms. */
  writeNow(text: string): void {
    if (this.#closed) return;
    this.#abort();
    const bytes = Buffer.from(text, 'utf8');
    const untilMs = this.#clock.now() + LAST_WORDS_MS;
    let at = 0;
    while (at < bytes.length && this.#clock.now() < untilMs) {
      const taken = this.#lastOffer(bytes.subarray(at));
      if (taken === undefined) return;
      at += taken;
      if (taken === 0) pauseSync(RETRY_FIRST_MS);
    }
  }

  /** After `cut` or `writeNow`, where it was not the end: what is written from now on is sent again. */
  goOn(): void {
    if (!this.#closed) this.#ending = new AbortController();
  }

  /**
   * Reads and drops `count` answers to `CSI 5 n`, for at most 250 ms: at a crash nobody else reads
   * them any more, and the shell would take them for typed. Needs raw mode.
   */
  takeAnswersNow(count: number): void {
    if (this.#closed || !this.#own) return;
    const untilMs = this.#clock.now() + LAST_WORDS_MS;
    const chunk = Buffer.alloc(4096);
    let text = '';
    while (text.split('\x1b[0n').length <= count && this.#clock.now() < untilMs) {
      const taken = this.#readSync(chunk);
      if (taken === undefined) return;
      if (taken === 0) pauseSync(RETRY_FIRST_MS);
      // Keys may come, too: the end is all that can hold an answer that is not counted yet.
      text = (text + chunk.toString('latin1', 0, taken)).slice(-2 * chunk.length);
    }
  }

  /** Idempotent; gives up a write that is under way. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#abort();
    // Where the terminal couldn't be opened anew, a thread may wait in it for ever.
    await Promise.race([this.#under, this.#clock.sleep(LAST_WORDS_MS)]);
    if (this.#own) await closeFile(this.#fd);
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    const { signal } = this.#ending;
    let at = 0;
    let inTurn = 0;
    let waitMs = RETRY_FIRST_MS;
    while (at < bytes.length) {
      signal.throwIfAborted();
      const part = bytes.subarray(at, at + OFFER_BYTES);
      const taken = this.#own ? offerPatiently(this.#fd, part) : await this.#offerByThread(part);
      at += taken;
      inTurn += taken;
      waitMs = taken === 0 ? Math.min(RETRY_MAX_MS, waitMs * 2) : RETRY_FIRST_MS;
      // Also after a part: to offer the rest at once would only be told that there is no room.
      if (taken < part.length) await this.#rest(waitMs);
      if (inTurn < TURN_BYTES) continue;
      inTurn = 0;
      await nextTurn();
    }
  }

  /** As the clock's sleep, without its signal, which would cost 0.2 ms of a frame's four. */
  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #abort(): void {
    this.#ending.abort();
    this.#wake();
  }

  /** Where the terminal couldn't be opened anew: a write may wait in it. */
  async #offerByThread(part: Uint8Array): Promise<number> {
    try {
      return (await writeByThread(this.#fd, part, 0, part.length)).bytesWritten;
    } catch (thrown) {
      if (isFull(thrown)) return 0;
      throw thrown;
    }
  }

  /** Undefined: the terminal is gone. */
  #readSync(chunk: Buffer): number | undefined {
    try {
      const taken = readSync(this.#fd, chunk);
      return taken === 0 ? undefined : taken;
    } catch (thrown) {
      return isFull(thrown) ? 0 : undefined;
    }
  }

  /** Undefined: the terminal is gone. */
  #lastOffer(part: Uint8Array): number | undefined {
    try {
      return offerPatiently(this.#fd, part);
    } catch {
      return undefined;
    }
  }
}
