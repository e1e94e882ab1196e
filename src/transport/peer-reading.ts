/**
 * The reading half of a connection: whose bytes they are, how far they are, and whether more are read.
 * Owns the reader that is fed, its deadlines and what it holds of unfinished frames; writes nothing and
 * knows no record's meaning.
 *
 *   kernel ──> window() ──advance──> reader's callbacks
 *                 └── deadlines: header-ms, body-ms (reading-progress.ts)
 *                 └── not read for now: reading-gate.ts
 */
import type { Clock } from './clock.js';
import type { DirectTarget } from './direct-read.js';
import type { MeetError } from './errors.js';
import { asMeetError } from './errors.js';
import type { FrameReader } from './frame-reader.js';
import type { HalfReceivedBudget, HalfReceiver } from './half-received.js';
import type { Limits } from './limits.js';
import type { GatedConnection } from './reading-gate.js';
import { ReadingGate } from './reading-gate.js';
import { ReadingProgress } from './reading-progress.js';
import type { SharedPace } from './record-pace.js';
import { RecordPace, flooded } from './record-pace.js';

export interface PeerReadingOptions {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly budget?: HalfReceivedBudget;
  /** Given: the peer is read more slowly when it, or many with it, send too many small records. */
  readonly sharedPace?: SharedPace;
}

/** The connection that is read. */
export interface ReadConnection extends GatedConnection {
  /** Ends it because of what was read, or was not. */
  fail(fault: MeetError): void;
  /** It is read more slowly from now on; it stays. */
  onPaced(fault: MeetError): void;
}

const NOTHING = Buffer.alloc(0);

export class PeerReading implements HalfReceiver, DirectTarget {
  readonly #options: PeerReadingOptions;
  readonly #connection: ReadConnection;
  readonly #progress: ReadingProgress;
  readonly #gate: ReadingGate;
  #reader: FrameReader;
  #isClosed = false;
  #receivedBytes = 0;
  #smallRecords = 0;
  /** What the chunk in hand still holds, where reading is by chunks. */
  #rest: Buffer = NOTHING;

  constructor(options: PeerReadingOptions, reader: FrameReader, connection: ReadConnection) {
    const { limits, clock, sharedPace, budget } = options;
    const perSecond = limits['small-records-per-second'];
    this.#options = options;
    this.#reader = reader;
    this.#connection = connection;
    this.#progress = new ReadingProgress(clock);
    const pace =
      sharedPace === undefined ? undefined : new RecordPace(perSecond, clock, sharedPace);
    this.#gate = new ReadingGate(connection, clock, this.#progress, pace);
    budget?.enter(this);
  }

  get heldBytes(): number {
    return this.#progress.heldBytes;
  }

  get heldSinceMs(): number {
    return this.#progress.sinceMs;
  }

  /** All that came so far, in bytes. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** All small records that came so far. */
  get smallRecords(): number {
    return this.#smallRecords;
  }

  fail(fault: MeetError): void {
    this.#connection.fail(fault);
  }

  /** Changes who decodes from here on, between two frames. `first` are bytes read already. */
  handOver(reader: FrameReader, first: Buffer): void {
    this.#reader = reader;
    this.take(first);
  }

  /** What has come and was not decoded yet; somebody else reads it. */
  takeRest(): Buffer {
    const rest = this.#rest;
    this.#rest = NOTHING;
    return rest;
  }

  pause(): void {
    this.#gate.pause();
  }

  resume(): void {
    this.#gate.resume();
  }

  /** The peer was sent something that it answers with a record. */
  expectAnswer(): void {
    this.#gate.excuse();
  }

  /** Fails the connection when a header or a body has been arriving for too long. */
  checkDeadline(nowMs: number): void {
    if (this.#isClosed || this.#gate.isResting) return;
    const fault = this.#progress.fault(this.#reader, this.#options.limits, nowMs);
    if (fault !== undefined) this.fail(fault);
  }

  /** Where the next bytes go. */
  window(): Buffer {
    return this.#reader.window();
  }

  /** So many bytes were written to `window()`. */
  onBytes(count: number): void {
    try {
      this.#advance(count);
    } catch (thrown) {
      this.fail(asMeetError(thrown));
    }
  }

  /** A chunk that was read elsewhere. */
  take(chunk: Buffer): void {
    try {
      this.#feed(chunk);
    } catch (thrown) {
      this.fail(asMeetError(thrown));
    }
  }

  /** Decodes no more, and holds nothing. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#gate.close();
    this.#options.budget?.leave(this, this.heldBytes);
    this.#progress.release();
  }

  #feed(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#isClosed) {
      const window = this.#reader.window();
      const count = Math.min(window.length, chunk.length - at);
      chunk.copy(window, 0, at, at + count);
      at += count;
      // The rest of the chunk belongs to whoever reads next.
      const before = this.#reader;
      this.#rest = chunk.subarray(at);
      this.#advance(count);
      const rest = this.takeRest();
      if (this.#reader !== before) {
        this.take(rest);
        return;
      }
    }
  }

  #advance(count: number): void {
    if (this.#isClosed) return;
    this.#receivedBytes += count;
    const reader = this.#reader;
    const { smallRecords: before = 0 } = reader;
    reader.advance(count);
    this.#noteProgress();
    const { smallRecords = 0 } = reader;
    this.#smallRecords += smallRecords - before;
    if (smallRecords > before && this.#gate.spend(smallRecords - before)) {
      this.#connection.onPaced(flooded(this.#options.limits));
    }
  }

  /** Of the reader that it is now: what came last may have changed who that is. */
  #noteProgress(): void {
    const deltaBytes = this.#progress.note(this.#reader);
    if (deltaBytes !== 0 && !this.#isClosed) this.#options.budget?.change(deltaBytes);
  }
}
