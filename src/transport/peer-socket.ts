/**
 * One accepted or connected TCP socket with the reader that its bytes go to. Owns the socket's life,
 * the reading deadlines and the order of what is written; knows no record's meaning.
 *
 *   kernel ──> reader.window() ──advance──> reader's callbacks        write() ──> socket ──> kernel
 *                  │                                                    │
 *                  └── deadlines: header-ms, body-ms                    └── false: wait for onDrain
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import type { Clock } from './clock.js';
import { readDirectly } from './direct-read.js';
import { MeetError, asMeetError, systemErrorCode } from './errors.js';
import type { FrameReader, ReadingState } from './frame-reader.js';
import type { HalfReceivedBudget, HalfReceiver } from './half-received.js';
import type { Limits } from './limits.js';
import { deadlineFault } from './reading-deadline.js';
import type { SharedPace } from './record-pace.js';
import { RecordPace, flooded } from './record-pace.js';
import { plainAddress } from './network-address.js';

/** Bytes that may wait in the process for one peer, beyond a frame, before it is cut. */
const WRITE_BACKLOG_BYTES = 4 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/** How often the operating system asks a silent peer whether it lives, in ms. */
const KEEPALIVE_MS = 10_000;

export interface PeerSocketOptions {
  readonly socket: Socket;
  /** True for a plain TCP socket that is paused and was never read from: it is read directly. */
  readonly unread: boolean;
  readonly reader: FrameReader;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly budget?: HalfReceivedBudget;
  /** Given: the peer is read more slowly when it sends too many small records, and this is told. */
  readonly onPaced?: (fault: MeetError) => void;
  /** What it may send beside others that do. */
  readonly sharedPace?: SharedPace;
  /** Called once, when the socket is gone; with the fault that ended it, if one did. */
  readonly onClose: (fault: MeetError | undefined) => void;
  readonly onDrain?: () => void;
}

export class PeerSocket implements HalfReceiver {
  /** Without the socket and the reader, which are replaced and would be held for no use. */
  readonly #options: Omit<PeerSocketOptions, 'socket' | 'reader' | 'unread'>;
  #socket: Socket;
  readonly remoteAddress: string;
  readonly remotePort: number;
  #reader: FrameReader;
  #state: ReadingState = 'idle';
  #stateSinceMs = 0;
  #bodiesBegun = 0;
  #heldBytes = 0;
  #fault: MeetError | undefined;
  #ended = false;
  #isGone = false;
  #receivedBytes = 0;
  readonly #pace: RecordPace | undefined;
  #cancelRest: (() => void) | undefined;
  #isPaused = false;
  /** What the chunk in hand still holds, where reading is by chunks. */
  #rest: Buffer = NOTHING;

  constructor(options: PeerSocketOptions) {
    const { socket, reader, unread, ...others } = options;
    const { limits, clock } = others;
    this.#options = others;
    this.#reader = reader;
    if (options.onPaced !== undefined) {
      this.#pace = new RecordPace(limits['small-records-per-second'], clock, others.sharedPace);
    }
    this.remoteAddress = plainAddress(socket.remoteAddress ?? 'unknown');
    this.remotePort = socket.remotePort ?? 0;
    // Errors may come before anyone reads; without a listener they would end the process.
    socket.on('error', this.#onError);
    this.#socket = unread ? this.#readDirectly(socket) : socket;
    if (this.#socket !== socket) this.#socket.on('error', this.#onError);
    if (!unread) socket.on('data', this.#onChunk);
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true, KEEPALIVE_MS);
    this.#socket.on('drain', this.#onDrain);
    this.#socket.once('close', this.#onGone);
    options.budget?.enter(this);
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get heldSinceMs(): number {
    return this.#stateSinceMs;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Changes who decodes from here on, between two frames. `first` are bytes read already. */
  handOver(reader: FrameReader, first: Buffer): void {
    this.#reader = reader;
    this.#take(first);
  }

  /**
   * From here on what is read and written goes through `wrap`'s TLS. Call it while reading, and hand
   * over to the reader of what is inside; `first` are bytes that belong to the handshake.
   */
  secure(wrap: (socket: Socket) => TLSSocket, first: Buffer): TLSSocket {
    const raw = this.#socket;
    raw.pause();
    raw.off('data', this.#onChunk);
    raw.off('drain', this.#onDrain);
    raw.off('close', this.#onGone);
    raw.unshift(Buffer.concat([first, this.#rest]));
    this.#rest = NOTHING;
    const secure = wrap(raw);
    this.#socket = secure;
    secure.on('error', this.#onError);
    secure.on('drain', this.#onDrain);
    secure.once('close', this.#onGone);
    secure.on('data', this.#onChunk);
    return secure;
  }

  /** Reads no more until `resume`: the peer is held back by TCP. */
  pause(): void {
    this.#isPaused = true;
    if (!this.#ended) this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#ended && this.#cancelRest === undefined) this.#socket.resume();
  }

  /**
   * Writes buffers as one. Returns false when the peer is slower than this: wait for `onDrain`.
   * A peer for which too much waits is cut, so that nothing grows without bound.
   */
  write(...buffers: readonly Buffer[]): boolean {
    if (this.#ended || !this.#socket.writable) return false;
    if (buffers.length > 1) this.#socket.cork();
    let open = true;
    for (const buffer of buffers) open = this.#socket.write(buffer);
    if (buffers.length > 1) this.#socket.uncork();
    this.#cutSlow(Math.max(...buffers.map((buffer) => buffer.length)));
    return open && !this.#socket.writableNeedDrain;
  }

  /** As `write`, of one buffer; `onTaken` is called once, when its memory is no longer needed. */
  writeLent(buffer: Buffer, onTaken: () => void): boolean {
    if (this.#ended || !this.#socket.writable) {
      onTaken();
      return false;
    }
    const open = this.#socket.write(buffer, onTaken);
    this.#cutSlow(buffer.length);
    return open && !this.#socket.writableNeedDrain;
  }

  /** The peer was sent something that it answers with a record. */
  expectAnswer(): void {
    this.#pace?.excuse();
  }

  /** Ends at once because of a fault; `onClose` gets the first one. */
  fail(fault: MeetError): void {
    if (this.#ended) return;
    this.#fault ??= fault;
    this.#ended = true;
    this.#release();
    this.#socket.destroy();
  }

  /** Writes what is left, says that no more comes, and closes within `graceMs` in any case. */
  end(last?: Buffer, graceMs = 500, fault?: MeetError): Promise<void> {
    this.#fault ??= fault;
    if (!this.#ended) {
      this.#ended = true;
      this.#release();
      const cancel = this.#options.clock.after(graceMs, () => this.#socket.destroy());
      this.#socket.once('close', cancel);
      if (last === undefined) this.#socket.end();
      else this.#socket.end(last);
      // What still comes is read and thrown away: closing with unread bytes would reset the
      // connection, and the peer would lose our last words.
    }
    return this.#whenClosed();
  }

  /**
   * Writes the last bytes and says that no more comes, as `end` does, but what the peer still sends is
   * decoded. Closes when the peer does, or after `graceMs`.
   */
  finish(last: Buffer, graceMs = 500): Promise<void> {
    if (!this.#ended && this.#socket.writable) {
      const cancel = this.#options.clock.after(graceMs, () => this.#socket.destroy());
      this.#socket.once('close', cancel);
      this.#socket.end(last);
    }
    return this.#whenClosed();
  }

  /** Idempotent; resolves when the socket is gone. */
  close(): Promise<void> {
    this.#ended = true;
    this.#release();
    this.#socket.destroy();
    return this.#whenClosed();
  }

  /** Fails when a header or a body has been arriving for too long. Called by the owner's sweep. */
  checkDeadline(nowMs: number): void {
    if (this.#ended || this.#state === 'idle' || this.#cancelRest !== undefined) return;
    const fault = deadlineFault(this.#reader, this.#options.limits, nowMs - this.#stateSinceMs);
    if (fault !== undefined) this.fail(fault);
  }

  readonly #onError = (error: Error): void => {
    this.#fault ??= socketFault(error, this.remoteAddress);
  };

  readonly #onChunk = (chunk: Buffer): void => {
    this.#take(chunk);
  };

  readonly #onDrain = (): void => {
    this.#options.onDrain?.();
  };

  readonly #onGone = (): void => {
    this.#isGone = true;
    this.#finish();
  };

  #whenClosed(): Promise<void> {
    if (this.#isGone) return Promise.resolve();
    const socket = this.#socket;
    return new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
  }

  #readDirectly(unread: Socket): Socket {
    return readDirectly(
      unread,
      {
        window: () => this.#reader.window(),
        onBytes: (count) => {
          this.#guard(() => {
            this.#advance(count);
          });
        },
      },
      this.#onChunk,
    );
  }

  #take(chunk: Buffer): void {
    this.#guard(() => {
      let at = 0;
      while (at < chunk.length && !this.#ended) {
        const window = this.#reader.window();
        const count = Math.min(window.length, chunk.length - at);
        chunk.copy(window, 0, at, at + count);
        at += count;
        // The rest of the chunk belongs to whoever reads next.
        const before = this.#reader;
        this.#rest = chunk.subarray(at);
        this.#advance(count);
        const rest = this.#rest;
        this.#rest = NOTHING;
        if (this.#reader !== before) {
          this.#take(rest);
          return;
        }
      }
    });
  }

  #advance(count: number): void {
    if (this.#ended) return;
    this.#receivedBytes += count;
    const reader = this.#reader;
    const { smallRecords: before = 0 } = reader;
    reader.advance(count);
    this.#noteState();
    const { smallRecords = 0 } = reader;
    if (smallRecords > before) this.#keepPace(smallRecords - before);
  }

  #keepPace(smallRecords: number): void {
    const restMs = this.#pace?.spend(smallRecords) ?? 0;
    if (restMs === 0 || this.#ended || this.#cancelRest !== undefined) return;
    this.#socket.pause();
    this.#cancelRest = this.#options.clock.after(restMs, () => {
      this.#cancelRest = undefined;
      this.#stateSinceMs = this.#options.clock.now();
      if (!this.#isPaused) this.#socket.resume();
    });
    this.#options.onPaced?.(flooded(this.#options.limits));
  }

  #noteState(): void {
    const state = this.#reader.state;
    const heldBytes = state === 'body' ? this.#reader.receivedBytes : 0;
    const deltaBytes = heldBytes - this.#heldBytes;
    this.#heldBytes = heldBytes;
    const { bodiesBegun = 0 } = this.#reader;
    if (state !== this.#state || bodiesBegun !== this.#bodiesBegun) {
      this.#state = state;
      this.#bodiesBegun = bodiesBegun;
      this.#stateSinceMs = this.#options.clock.now();
    }
    if (deltaBytes !== 0 && !this.#ended) this.#options.budget?.change(deltaBytes);
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch (thrown) {
      this.fail(asMeetError(thrown));
    }
  }

  #cutSlow(largestBytes: number): void {
    if (this.#socket.writableLength > WRITE_BACKLOG_BYTES + largestBytes) this.fail(slowPeer());
  }

  #release(): void {
    if (this.#cancelRest !== undefined) this.#socket.resume();
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    this.#options.budget?.leave(this, this.#heldBytes);
    this.#heldBytes = 0;
  }

  #finish(): void {
    this.#ended = true;
    this.#release();
    this.#options.onClose(this.#fault);
  }
}

function slowPeer(): MeetError {
  return new MeetError(
    'MEET_SLOW_PEER',
    `more than ${WRITE_BACKLOG_BYTES} bytes wait for a peer that does not take them`,
  );
}

function socketFault(error: Error, address: string): MeetError {
  const code = systemErrorCode(error) ?? 'unknown';
  if (/^ERR_(SSL|TLS)_/.test(code)) {
    return new MeetError('MEET_TLS_FAILED', `TLS with ${address} failed (${code})`, {
      cause: error,
    });
  }
  return new MeetError('MEET_PEER_GONE', `connection with ${address} broke (${code})`, {
    cause: error,
  });
}
