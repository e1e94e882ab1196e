/**
 * Decoder of the native framing: a state machine over preamble, record header and payload. Owns the
 * limits on what it allocates; knows no socket and acts on no record.
 *
 *   PREAMBLE ──8 bytes──> HEADER ──32 bytes──> CONTROL or MEDIA ──payload──> HEADER ...
 *
 * A small record is read whole, with one system call, into memory that all readers share for the
 * length of that call. A large one is read into its own memory, with room behind it for the header
 * of the next: so there is one call for a frame, too, where many wait.
 */
import { MeetError } from './errors.js';
import type { Frame } from './frame.js';
import { frameOfRecord } from './frame.js';
import type { FrameReader, ReadingState } from './frame-reader.js';
import { SMALL_RECORD_BYTES } from './frame-reader.js';
import { readJpegSize, requirePictureSize } from './jpeg-header.js';
import type { LimitName, Limits } from './limits.js';
import type { RecordMemory } from './record-memory.js';
import { RecordLease } from './record-memory.js';
import type { Preamble, RecordHeader } from './record-header.js';
import {
  CODEC_NUMBER,
  FLAG_UNCHANGED,
  KIND_CODEC,
  PREAMBLE_BYTES,
  RECORD_CONTROL,
  RECORD_HEADER_BYTES,
  RECORD_MEDIA,
  decodePreamble,
  decodeRecordHeader,
} from './record-header.js';
import type { StreamKind } from './stream-kind.js';

/** What a reader calls, synchronously, in the order of arrival. What they throw ends the reading. */
export interface NativeSink {
  /** Throws to refuse a version or kind. */
  onPreamble(preamble: Preamble): void;
  /** `payload` is JSON text that nobody has checked yet. */
  onControl(payload: Buffer): void;
  /** The frame's memory is the sink's for this call; beyond it, for as long as it holds its lease. */
  onMedia(frame: Frame): void;
  /**
   * Media is about to come, of which nothing is allocated yet. False: it was refused, and nothing of
   * this connection is read any more.
   */
  mayBeginMedia?(): boolean;
}

type State = 'preamble' | 'header' | 'payload';

/** Largest payload of each kind's media. */
const MEDIA_LIMIT: Readonly<Record<StreamKind, LimitName>> = {
  screen: 'jpeg-bytes',
  video: 'jpeg-bytes',
  audio: 'pcm-bytes',
};

/** Where headers and small records are read; used up before the call that read it returns. */
const SHARED_WINDOW = Buffer.alloc(4096);

const NOTHING = Buffer.alloc(0);

export class NativeReader implements FrameReader {
  /** Largest control record, where less than the limit is taken: of a peer that is not let in yet. */
  controlBytesMost = Infinity;
  readonly #kind: StreamKind;
  readonly #limits: Limits;
  readonly #sink: NativeSink;
  readonly #memory: RecordMemory | undefined;
  /** A preamble or header that comes in pieces; nothing while none is under way. */
  #headBytes = NOTHING;
  #state: State = 'preamble';
  /** Bytes of the preamble, of the header, or of header and payload together. */
  #got = 0;
  #header: RecordHeader | undefined;
  /** Memory of the record that is arriving, with room behind it for the next header. */
  #lease: RecordLease | undefined;
  #bodiesBegun = 0;
  #smallRecords = 0;
  /** Its sink refused what came; the rest is passed over. */
  #isRefused = false;

  /** `memory`: lends that of large records; left out: each has its own, for the garbage collector. */
  constructor(kind: StreamKind, limits: Limits, sink: NativeSink, memory?: RecordMemory) {
    this.#kind = kind;
    this.#limits = limits;
    this.#sink = sink;
    this.#memory = memory;
  }

  get state(): ReadingState {
    if (this.#state === 'payload') return 'body';
    return this.#state === 'header' && this.#got === 0 ? 'idle' : 'header';
  }

  get receivedBytes(): number {
    return this.#state === 'payload' ? this.#got - RECORD_HEADER_BYTES : 0;
  }

  get expectedBytes(): number {
    return this.#state === 'payload' ? (this.#header?.payloadBytes ?? 0) : 0;
  }

  get bodiesBegun(): number {
    return this.#bodiesBegun;
  }

  get smallRecords(): number {
    return this.#smallRecords;
  }

  window(): Buffer {
    if (this.#lease === undefined) return SHARED_WINDOW;
    return this.#lease.memory.subarray(this.#got, this.#recordBytes + RECORD_HEADER_BYTES);
  }

  advance(count: number): void {
    const { memory } = this.#lease ?? {};
    if (memory === undefined) {
      this.#take(SHARED_WINDOW.subarray(0, count));
      return;
    }
    const end = this.#recordBytes;
    const come = this.#got + count;
    this.#got = Math.min(come, end);
    if (come < end) return;
    // Copied now: the memory may be another record's once this one was given away.
    const rest = come > end ? Buffer.from(memory.subarray(end, come)) : undefined;
    this.#endPayload(memory);
    if (rest !== undefined) this.#take(rest);
  }

  /** Length of the record that is arriving, header included. */
  get #recordBytes(): number {
    return RECORD_HEADER_BYTES + (this.#header?.payloadBytes ?? 0);
  }

  /** Bytes that may begin and end anywhere. */
  #take(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && !this.#isRefused) {
      const rest = at === 0 ? bytes : bytes.subarray(at);
      at += this.#lease === undefined ? this.#takeHead(rest) : this.#takeBody(this.#lease, rest);
    }
  }

  /** Returns how many of the bytes it used. */
  #takeHead(bytes: Buffer): number {
    const end = this.#state === 'preamble' ? PREAMBLE_BYTES : RECORD_HEADER_BYTES;
    if (this.#got === 0 && bytes.length >= end) {
      return end + this.#endHead(bytes.subarray(0, end), bytes.subarray(end));
    }
    if (this.#headBytes.length < end) this.#headBytes = Buffer.alloc(RECORD_HEADER_BYTES);
    const head = this.#headBytes;
    const count = Math.min(end - this.#got, bytes.length);
    bytes.copy(head, this.#got, 0, count);
    this.#got += count;
    if (this.#got < end) return count;
    this.#headBytes = NOTHING;
    return count + this.#endHead(head.subarray(0, end), bytes.subarray(count));
  }

  #takeBody({ memory }: RecordLease, bytes: Buffer): number {
    const count = Math.min(this.#recordBytes - this.#got, bytes.length);
    bytes.copy(memory, this.#got, 0, count);
    this.#got += count;
    if (this.#got === this.#recordBytes) this.#endPayload(memory);
    return count;
  }

  /** `behind`: what came with it; returns how many bytes of that were used. */
  #endHead(head: Buffer, behind: Buffer): number {
    this.#got = 0;
    if (this.#state === 'header') return this.#endHeader(head, behind);
    const preamble = decodePreamble(head);
    this.#state = 'header';
    this.#sink.onPreamble(preamble);
    return 0;
  }

  #endHeader(head: Buffer, behind: Buffer): number {
    const header = decodeRecordHeader(head);
    const { payloadBytes } = header;
    this.#check(header);
    if (header.type === RECORD_MEDIA && this.#sink.mayBeginMedia?.() === false) {
      this.#isRefused = true;
      return 0;
    }
    this.#bodiesBegun += 1;
    if (payloadBytes < SMALL_RECORD_BYTES) this.#smallRecords += 1;
    if (header.type === RECORD_CONTROL && behind.length >= payloadBytes) {
      // It is parsed within this call, so that it needs no memory of its own.
      this.#sink.onControl(behind.subarray(0, payloadBytes));
      return payloadBytes;
    }
    this.#header = header;
    const { memory } = (this.#lease = this.#borrow(this.#recordBytes + RECORD_HEADER_BYTES));
    head.copy(memory);
    this.#got = RECORD_HEADER_BYTES;
    this.#state = 'payload';
    if (payloadBytes === 0) this.#endPayload(memory);
    return 0;
  }

  #borrow(sizeBytes: number): RecordLease {
    return this.#memory?.take(sizeBytes) ?? new RecordLease(Buffer.allocUnsafeSlow(sizeBytes));
  }

  #endPayload(memory: Buffer): void {
    const header = this.#header;
    const lease = this.#lease;
    const record = memory.subarray(0, this.#recordBytes);
    this.#header = undefined;
    this.#lease = undefined;
    this.#state = 'header';
    this.#got = 0;
    if (header === undefined || lease === undefined) return;
    if (header.type === RECORD_CONTROL) {
      this.#sink.onControl(record.subarray(RECORD_HEADER_BYTES));
    } else {
      const lent = this.#memory === undefined ? undefined : lease;
      const frame = frameOfRecord(this.#kind, header, record, lent);
      checkPayload(frame, this.#limits);
      this.#sink.onMedia(frame);
    }
    lease.release();
  }

  /** Refuses on the header alone, before anything is allocated. */
  #check(header: RecordHeader): void {
    if (header.type !== RECORD_CONTROL && header.type !== RECORD_MEDIA) {
      throw malformed(`record type is ${header.type}, expected 0 (control) or 1 (media)`);
    }
    const control = header.type === RECORD_CONTROL;
    const limitName = control ? 'control-bytes' : MEDIA_LIMIT[this.#kind];
    const limit = control
      ? Math.min(this.#limits[limitName], this.controlBytesMost)
      : this.#limits[limitName];
    if (header.payloadBytes > limit) {
      throw new MeetError(
        'MEET_FRAME_TOO_LARGE',
        `${control ? 'control record' : `${this.#kind} frame`} is ${header.payloadBytes} bytes, limit is ${limit} (--limit ${limitName}=BYTES)`,
      );
    }
    if (!control) this.#checkMedia(header);
  }

  #checkMedia(header: RecordHeader): void {
    const codec = KIND_CODEC[this.#kind];
    if ((header.flags & FLAG_UNCHANGED) !== 0) {
      if (header.payloadBytes === 0 && this.#kind !== 'audio') return;
      throw malformed(
        `an unchanged ${this.#kind} record has ${header.payloadBytes} bytes, expected a picture record of 0`,
      );
    }
    if (header.codecNumber !== CODEC_NUMBER[codec] || header.payloadBytes === 0) {
      throw malformed(
        `${this.#kind} record has codec ${header.codecNumber} and ${header.payloadBytes} bytes, expected codec ${CODEC_NUMBER[codec]} (${codec}) and at least 1 byte`,
      );
    }
  }
}

/** The size of a picture is read before anything decodes it; sound must be whole samples. */
function checkPayload(frame: Frame, limits: Limits): void {
  if (frame.unchanged) return;
  if (frame.kind === 'audio') {
    if (frame.payload.length % 2 === 0) return;
    throw malformed(`sound of ${frame.payload.length} bytes, expected a multiple of 2 (s16le)`);
  }
  requirePictureSize(readJpegSize(frame.payload), limits);
}

function malformed(words: string): MeetError {
  return new MeetError('MEET_FRAME_MALFORMED', words);
}
