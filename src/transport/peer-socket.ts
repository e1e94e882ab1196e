/**
 * One accepted or connected TCP socket with the reader that its bytes go to. Owns the socket's life
 * and the order of what is written; knows no record's meaning. What arrives is the reading half's
 * affair (peer-reading.ts).
 *
 *   kernel ──> PeerReading ──> reader          write() ──> socket ──> kernel
 *                                                └── false: wait for onDrain
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import type { Clock } from './clock.js';
import type { DirectTarget } from './direct-read.js';
import { readDirectly } from './direct-read.js';
import type { MeetError } from './errors.js';
import type { FrameReader } from './frame-reader.js';
import { plainAddress } from './network-address.js';
import type { PeerReadingOptions, ReadConnection } from './peer-reading.js';
import { PeerReading } from './peer-reading.js';
import type { Pausable } from './reading-gate.js';
import { slowPeer, socketFault } from './socket-fault.js';

/** Bytes that may wait in the process for one peer, beyond a frame, before it is cut. */
const WRITE_BACKLOG_BYTES = 4 * 1024 * 1024;

/** How often the operating system asks a silent peer whether it lives, in ms. */
const KEEPALIVE_MS = 10_000;

/** Whose connection it is. */
export interface SocketOwner {
  /** Called once, when the socket is gone; with the fault that ended it, if one did. */
  onClose(fault: MeetError | undefined): void;
  onDrain?(): void;
  /** The peer sends too much and is read more slowly; it stays. */
  onPaced?(fault: MeetError): void;
}

export interface PeerSocketOptions extends PeerReadingOptions {
  readonly socket: Socket;
  /** True for a plain TCP socket that is paused and was never read from: it is read directly. */
  readonly unread: boolean;
  readonly reader: FrameReader;
  readonly owner: SocketOwner;
}

export class PeerSocket implements ReadConnection, DirectTarget {
  readonly #owner: SocketOwner;
  readonly #clock: Clock;
  #socket: Socket;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #reading: PeerReading;
  #fault: MeetError | undefined;
  #ended = false;
  #isGone = false;

  constructor(options: PeerSocketOptions) {
    // The socket and the reader are replaced, and would be held for no use.
    const { socket, reader, unread, owner, ...others } = options;
    this.#owner = owner;
    this.#clock = others.clock;
    this.#reading = new PeerReading(others, reader, this);
    this.remoteAddress = plainAddress(socket.remoteAddress ?? 'unknown');
    this.remotePort = socket.remotePort ?? 0;
    // Errors may come before anyone reads; without a listener they would end the process.
    socket.on('error', this.#onError);
    this.#socket = unread ? readDirectly(socket, this, this.#onChunk) : socket;
    if (this.#socket !== socket) this.#socket.on('error', this.#onError);
    if (!unread) socket.on('data', this.#onChunk);
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true, KEEPALIVE_MS);
    this.#socket.on('drain', this.#onDrain);
    this.#socket.on('close', this.#onGone);
  }

  get pausable(): Pausable {
    return this.#socket;
  }

  get receivedBytes(): number {
    return this.#reading.receivedBytes;
  }

  /** As `receivedBytes`, with what has come and waits to be taken. */
  get arrivedBytes(): number {
    return this.#reading.receivedBytes + this.#socket.readableLength;
  }

  get smallRecords(): number {
    return this.#reading.smallRecords;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Changes who decodes from here on, between two frames. `first` are bytes read already. */
  handOver(reader: FrameReader, first: Buffer): void {
    this.#reading.handOver(reader, first);
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
    raw.unshift(Buffer.concat([first, this.#reading.takeRest()]));
    const secure = wrap(raw);
    this.#socket = secure;
    secure.on('error', this.#onError);
    secure.on('drain', this.#onDrain);
    secure.on('close', this.#onGone);
    secure.on('data', this.#onChunk);
    return secure;
  }

  /** Reads no more until `resume`: the peer is held back by TCP. */
  pause(): void {
    this.#reading.pause();
  }

  resume(): void {
    this.#reading.resume();
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
    this.#reading.expectAnswer();
  }

  /** Ends at once because of a fault; `onClose` gets the first one. */
  fail(fault: MeetError): void {
    if (this.#ended) return;
    this.#fault ??= fault;
    this.#ended = true;
    this.#reading.close();
    this.#destroy();
  }

  /** Writes what is left, says that no more comes, and closes within `graceMs` in any case. */
  end(last?: Buffer, graceMs = 500, fault?: MeetError): Promise<void> {
    this.#fault ??= fault;
    if (!this.#ended) {
      this.#ended = true;
      this.#reading.close();
      const cancel = this.#clock.after(graceMs, () => this.#socket.destroy());
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
      const cancel = this.#clock.after(graceMs, () => this.#socket.destroy());
      this.#socket.once('close', cancel);
      this.#socket.end(last);
    }
    return this.#whenClosed();
  }

  /** Idempotent; resolves when the socket is gone. */
  close(): Promise<void> {
    this.#ended = true;
    this.#reading.close();
    this.#destroy();
    return this.#whenClosed();
  }

  /** Fails when a header or a body has been arriving for too long. Called by the owner's sweep. */
  checkDeadline(nowMs: number): void {
    this.#reading.checkDeadline(nowMs);
  }

  /** Of the direct reading, as the one below. */
  window(): Buffer {
    return this.#reading.window();
  }

  onBytes(count: number): void {
    this.#answeringAsOne(() => {
      this.#reading.onBytes(count);
    });
  }

  /** Of its reading. */
  onPaced(fault: MeetError): void {
    this.#owner.onPaced?.(fault);
  }

  readonly #onError = (error: Error): void => {
    this.#fault ??= socketFault(error, this.remoteAddress);
  };

  readonly #onChunk = (chunk: Buffer): void => {
    this.#answeringAsOne(() => {
      this.#reading.take(chunk);
    });
  };

  readonly #onDrain = (): void => {
    this.#owner.onDrain?.();
  };

  readonly #onGone = (): void => {
    this.#isGone = true;
    this.#finish();
  };

  /** What is written while one piece is read goes to the kernel once: each time wakes the peer. */
  #answeringAsOne(read: () => void): void {
    const socket = this.#socket;
    socket.cork();
    read();
    socket.uncork();
  }

  /** What was written before is still sent. */
  #destroy(): void {
    while (this.#socket.writableCorked > 0) this.#socket.uncork();
    this.#socket.destroy();
  }

  #whenClosed(): Promise<void> {
    if (this.#isGone) return Promise.resolve();
    const socket = this.#socket;
    return new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
  }

  #cutSlow(largestBytes: number): void {
    if (this.#socket.writableLength > WRITE_BACKLOG_BYTES + largestBytes) {
      this.fail(slowPeer(WRITE_BACKLOG_BYTES));
    }
  }

  #finish(): void {
    this.#ended = true;
    this.#reading.close();
    this.#owner.onClose(this.#fault);
  }
}
