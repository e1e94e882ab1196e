/**
 * Reads a TLS peer whom nobody knows yet for one turn of the event loop at a time, and tells how much
 * of what came said nothing. What TLS does with records such as KeyUpdate (RFC 8446, 4.6.3) it does
 * before this program sees a byte of them: up to 512 KiB in one turn, 32 reads of 16 KiB, 90 to 140 ms
 * in which everybody else waits. Owns when the socket below is read; cuts nobody.
 *
 *   handshake done ──> paused ──1, 2, 4 … 500 ms──> one turn: what has come, 64 KiB ──> paused
 *                                (beyond 64 ms by its owner's ticks, so that who waits has no timer)
 */
import type { Socket } from 'node:net';

import { Allowance } from './allowance.js';
import type { Clock } from './clock.js';
import { MeetError } from './errors.js';

const FIRST_MS = 1;
const MOST_MS = 500;
/** Longer waits are for the next tick behind their end. */
const TIMED_MS = 64;
/** The largest record of TLS (RFC 8446, 5.2): of one that is not whole yet nothing has been said. */
const RECORD_BYTES = 5 + 16 * 1024 + 256;
/** At once; a handshake takes 2 kB of this. */
const WORDLESS_BYTES = 64 * 1024 + RECORD_BYTES;
/** All along. */
const WORDLESS_BYTES_PER_SECOND = 64 * 1024;
/** For each small record that is whole, such as one that acknowledges: TLS adds 22 bytes to it. */
const SMALL_RECORD_BYTES = 32;
/** Beside what is said: a 64th, so that records of 1.4 kB and more cost nothing. */
const WORDLESS_SHARE = 1 / 64;

/** Whose turns they are. */
export interface TurnsOwner {
  /** After each turn of reading. */
  onTurn(): void;
}

export class StrangerTurns {
  readonly #owner: TurnsOwner;
  readonly #raw: Socket;
  readonly #clock: Clock;
  #afterMs = FIRST_MS;
  /** When a tick is to begin the next turn, monotonic ms. */
  #dueMs = Infinity;
  /** Of bytes that say nothing. What was said long ago excuses none. */
  readonly #allowance: Allowance;
  #readBytes = 0;
  #saidBytes = 0;
  #smallRecords = 0;
  #cancel: (() => void) | undefined;

  /** `raw`: the socket below the TLS. It is read as it comes until `begin`. */
  constructor(owner: TurnsOwner, raw: Socket, clock: Clock) {
    this.#owner = owner;
    this.#raw = raw;
    this.#clock = clock;
    this.#allowance = new Allowance(WORDLESS_BYTES, WORDLESS_BYTES_PER_SECOND, clock);
  }

  /**
   * The handshake is done: call it while its last bytes are being read, so that nothing behind them
   * is.
   */
  begin(): void {
    // Of a socket that is read directly (direct-read.ts) this stops the reading itself, once it runs.
    this.#raw.resume();
    this.#raw.pause();
    this.#plan();
  }

  /** Begins a turn that is due. */
  tick(nowMs: number): void {
    if (nowMs >= this.#dueMs) this.#turn();
  }

  /** From here on it is read as it comes. Idempotent. */
  end(): void {
    this.close();
    if (!this.#raw.destroyed) this.#raw.resume();
  }

  /** The connection is gone. Idempotent. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#dueMs = Infinity;
  }

  /**
   * Why this peer is to go: of what it sent too little was said. `saidBytes`: what was inside all that
   * has been read so far, be it taken or not; `smallRecords`: how many of it were taken.
   */
  fault(saidBytes: number, smallRecords: number): MeetError | undefined {
    const { bytesRead } = this.#raw;
    const saidNow = saidBytes - this.#saidBytes;
    // Below zero where the rest has come of a record that was not whole.
    const wordlessNow = bytesRead - this.#readBytes - saidNow;
    this.#readBytes = bytesRead;
    this.#saidBytes = saidBytes;
    const ownNow = (smallRecords - this.#smallRecords) * SMALL_RECORD_BYTES;
    this.#smallRecords = smallRecords;
    const beyond = wordlessNow - ownNow - saidNow * WORDLESS_SHARE;
    if (this.#allowance.spend(beyond) === 0) return undefined;
    return new MeetError(
      'MEET_TLS_FAILED',
      `TLS with ${this.#raw.remoteAddress ?? 'a peer'} carried ${bytesRead - saidBytes} bytes that say nothing beside ${saidBytes} that do, limit is ${WORDLESS_BYTES} and ${WORDLESS_BYTES_PER_SECOND} a second`,
    );
  }

  #plan(): void {
    const afterMs = this.#afterMs;
    this.#afterMs = Math.min(MOST_MS, afterMs * 2);
    if (afterMs > TIMED_MS) {
      this.#cancel = undefined;
      this.#dueMs = this.#clock.now() + afterMs;
      return;
    }
    this.#cancel = this.#clock.after(afterMs, () => {
      this.#turn();
    });
  }

  #turn(): void {
    this.#dueMs = Infinity;
    this.#raw.resume();
    // After the loop has looked at its sockets once.
    const turn = setImmediate(() => {
      this.#raw.pause();
      this.#plan();
      this.#owner.onTurn();
    });
    this.#cancel = () => {
      clearImmediate(turn);
    };
  }
}
