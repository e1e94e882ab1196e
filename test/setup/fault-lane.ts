/**
 * One direction of one connection through the fault proxy: bytes in, the same bytes out, later, slower,
 * in other pieces or not at all. Owns what is on its way, at most `LANE_BYTES`; opens no socket.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../fuzz/random.js';
import { resetSocket } from './reset-socket.js';

/** What may go wrong in one direction; read again for each piece, so it can be changed at any time. */
export interface Faults {
  /** Every piece comes so much later; pieces follow each other as they were sent. */
  readonly latencyMs?: number;
  /** Up to so much more, different for each piece; their order stays. */
  readonly jitterMs?: number;
  readonly bytesPerSecond?: number;
  /** Pieces of 1 to so many bytes. */
  readonly sliceBytes?: number;
  /** Passes so many bytes of a connection, then ends it on both sides as if the peer had. */
  readonly cutAfterBytes?: number;
  /** Passes so many bytes of a connection, then resets it on both sides. */
  readonly resetAfterBytes?: number;
  /** Passes the end on only after this time. */
  readonly slowCloseMs?: number;
  /** Passes nothing more, and ends the connection after this time. */
  readonly timeoutMs?: number;
}

/** Bytes on their way in a lane beyond which it does not read. */
const LANE_BYTES = 16 * 1024;

export interface LaneOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly random: Random;
  readonly faults: () => Faults;
  /** Resolves when bytes may pass: at once, or when a stall is over. */
  readonly open: () => Promise<void>;
  readonly onPassed: (bytes: number) => void;
  readonly signal: AbortSignal;
}

interface Piece {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

export class FaultLane {
  readonly #options: LaneOptions;
  readonly #pieces: Piece[] = [];
  #waitingBytes = 0;
  #passedBytes = 0;
  #lateMs = 0;
  #ended = false;
  /** Resolves the wait of whichever of the two loops waits for the other. */
  #wake: () => void = () => undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Resolves when everything has passed, or the connection is over. Never rejects. */
  async run(): Promise<void> {
    await Promise.allSettled([this.#read(), this.#write()]);
  }

  async #read(): Promise<void> {
    const { from, random, faults } = this.#options;
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) {
        if (!Buffer.isBuffer(chunk)) continue;
        for (let at = 0; at < chunk.length;) {
          const { sliceBytes = chunk.length, latencyMs = 0, jitterMs = 0 } = faults();
          const bytes = chunk.subarray(at, at + 1 + random.below(sliceBytes));
          const lateMs = latencyMs + (jitterMs === 0 ? 0 : random.below(jitterMs + 1));
          at += bytes.length;
          this.#pieces.push({ bytes, dueMs: performance.now() + lateMs });
          this.#waitingBytes += bytes.length;
          this.#wake();
        }
        while (this.#waitingBytes > LANE_BYTES) await this.#change();
      }
    } finally {
      this.#ended = true;
      this.#wake();
    }
  }

  async #write(): Promise<void> {
    const { to, faults, open, signal } = this.#options;
    for (;;) {
      const piece = this.#pieces[0];
      if (piece === undefined) {
        if (this.#ended) break;
        await this.#change();
        continue;
      }
      await this.#until(piece.dueMs);
      await open();
      const { bytesPerSecond = Infinity } = faults();
      if (bytesPerSecond < Infinity) await this.#take((piece.bytes.length / bytesPerSecond) * 1000);
      signal.throwIfAborted();
      await this.#pass(piece.bytes);
      this.#pieces.shift();
      this.#waitingBytes -= piece.bytes.length;
      this.#wake();
    }
    await this.#pause(faults().slowCloseMs ?? 0);
    to.end();
  }

  /** Lasts so long, less what the one before lasted too long: a busy machine makes no link slower. */
  async #take(ms: number): Promise<void> {
    const leftMs = ms - this.#lateMs;
    const begunMs = performance.now();
    await this.#pause(leftMs);
    this.#lateMs = performance.now() - begunMs - leftMs;
  }

  async #pass(bytes: Buffer): Promise<void> {
    const { to, faults, onPassed, signal } = this.#options;
    const { cutAfterBytes = Infinity, resetAfterBytes = Infinity, timeoutMs } = faults();
    if (timeoutMs !== undefined) {
      await this.#pause(timeoutMs);
      this.#end(false);
    }
    const room = Math.min(cutAfterBytes, resetAfterBytes) - this.#passedBytes;
    const passing = bytes.length <= room ? bytes : bytes.subarray(0, Math.max(0, room));
    this.#passedBytes += passing.length;
    onPassed(passing.length);
    if (!to.write(passing)) await once(to, 'drain', { signal });
    if (passing.length < bytes.length || room === bytes.length) {
      this.#end(resetAfterBytes < cutAfterBytes);
    }
  }

  #end(reset: boolean): never {
    const { from, to } = this.#options;
    for (const socket of [from, to]) {
      if (reset) resetSocket(socket);
      else socket.destroySoon();
    }
    throw new Error('the proxy ended the connection');
  }

  async #until(dueMs: number): Promise<void> {
    await this.#pause(dueMs - performance.now());
  }

  async #pause(ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { signal: this.#options.signal });
  }

  /** Resolves when the other loop has done something, or when all is over. */
  async #change(): Promise<void> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      this.#wake = done;
    });
    signal.throwIfAborted();
  }
}
