/**
 * Reads a TLS peer whom nobody knows yet for one turn of the event loop at a time, and tells how much
 * of what came said nothing. What TLS does with records such as KeyUpdate (RFC 8446, 4.6.3) it does
 * before this program sees a byte of them: up to 2 MiB in one turn, 600 ms in which everybody else
 * waits. Owns when the socket below is read; cuts nobody.
 *
 *   handshake done ──> paused ──1, 2, 4 … 500 ms──> one turn: what has come, 64 KiB ──> paused
 */
import type { Socket } from 'node:net';

import type { Clock } from './clock.js';
import { MeetError } from './errors.js';

const FIRST_MS = 1;
const MOST_MS = 500;
/** A handshake takes 2 kB of this. */
const WORDLESS_BYTES = 16 * 1024;
/** Each record of TLS has 22 bytes of its own (RFC 8446, 5.2): these are records of five bytes. */
const WORDLESS_SHARE = 4;

export class StrangerTurns {
  readonly #raw: Socket;
  readonly #clock: Clock;
  #afterMs = FIRST_MS;
  #cancel: () => void = () => undefined;

  /** `raw`: the socket below the TLS. It is read as it comes until `begin`. */
  constructor(raw: Socket, clock: Clock) {
    this.#raw = raw;
    this.#clock = clock;
  }

  /**
   * The handshake is done: call it while its last bytes are being read, so that nothing behind them
   * is. `onTurn` is called after each turn of reading.
   */
  begin(onTurn: () => void): void {
    // Of a socket that is read directly (direct-read.ts) this stops the reading itself, once it runs.
    this.#raw.resume();
    this.#raw.pause();
    this.#plan(onTurn);
  }

  /** From here on it is read as it comes. Idempotent. */
  end(): void {
    this.#cancel();
    this.#cancel = () => undefined;
    if (!this.#raw.destroyed) this.#raw.resume();
  }

  /** The connection is gone. Idempotent. */
  close(): void {
    this.#cancel();
  }

  /** Why this peer is to go: of what it sent too little was said. `saidBytes`: what was inside. */
  fault(saidBytes: number): MeetError | undefined {
    const { bytesRead, remoteAddress } = this.#raw;
    const wordlessBytes = bytesRead - saidBytes;
    const most = WORDLESS_BYTES + WORDLESS_SHARE * saidBytes;
    if (wordlessBytes <= most) return undefined;
    return new MeetError(
      'MEET_TLS_FAILED',
      `TLS with ${remoteAddress ?? 'a peer'} carried ${wordlessBytes} bytes that say nothing, limit is ${most} beside ${saidBytes} that do`,
    );
  }

  #plan(onTurn: () => void): void {
    this.#cancel = this.#clock.after(this.#afterMs, () => {
      this.#raw.resume();
      // After the loop has looked at its sockets once.
      const turn = setImmediate(() => {
        this.#raw.pause();
        this.#plan(onTurn);
        onTurn();
      });
      this.#cancel = () => {
        clearImmediate(turn);
      };
    });
    this.#afterMs = Math.min(MOST_MS, this.#afterMs * 2);
  }
}
