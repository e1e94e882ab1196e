/**
 * Decoder of the native framing: a state machine over preamble, record header and payload. Owns the
 * limits on what it allocates; knows no socket and acts on no record.
 *
 *   PREAMBLE ──8 bytes──> HEADER ──32 bytes──> CONTROL or MEDIA ──payload──> HEADER ...
 */
import { MeetError } from './errors.js';
import type { Frame } from './frame.js';
import { frameOfRecord } from './frame.js';
import type { FrameReader, ReadingState } from './frame-reader.js';
import { readJpegSize, requirePictureSize } from './jpeg-header.js';
import type { LimitName, Limits } from './limits.js';
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

export class NativeReader implements FrameReader {
  readonly #kind: StreamKind;
  readonly #limits: Limits;
  readonly #sink: NativeSink;
  readonly #headerBytes = Buffer.alloc(RECORD_HEADER_BYTES);
  #state: State = 'preamble';
  #got = 0;
  #header: RecordHeader | undefined;
  /** Largest control record, where less than the limit is taken: of a peer that is not let in yet. */
  controlBytesMost = Infinity;
  /** Header and payload of the record that is arriving. */
  #record: Buffer | undefined;

  constructor(kind: StreamKind, limits: Limits, sink: NativeSink) {
    this.#kind = kind;
    this.#limits = limits;
    this.#sink = sink;
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

  window(): Buffer {
    const target = this.#record ?? this.#headerBytes;
    const end = this.#state === 'preamble' ? PREAMBLE_BYTES : target.length;
    return target.subarray(this.#got, end);
  }

  advance(count: number): void {
    this.#got += count;
    switch (this.#state) {
      case 'preamble':
        if (this.#got === PREAMBLE_BYTES) this.#endPreamble();
        break;
      case 'header':
        if (this.#got === RECORD_HEADER_BYTES) this.#endHeader();
        break;
      case 'payload':
        if (this.#got === this.#record?.length) this.#endPayload(this.#record);
        break;
    }
  }

  #endPreamble(): void {
    const preamble = decodePreamble(this.#headerBytes);
    this.#state = 'header';
    this.#got = 0;
    this.#sink.onPreamble(preamble);
  }

  #endHeader(): void {
    const header = decodeRecordHeader(this.#headerBytes);
    this.#check(header);
    if (header.type === RECORD_MEDIA && this.#sink.mayBeginMedia?.() === false) {
      this.#got = 0;
      return;
    }
    this.#header = header;
    // Its own memory, not a slice of a pool: a frame may live long in a queue.
    this.#record = Buffer.allocUnsafeSlow(RECORD_HEADER_BYTES + header.payloadBytes);
    this.#headerBytes.copy(this.#record);
    this.#state = 'payload';
    if (header.payloadBytes === 0) this.#endPayload(this.#record);
  }

  #endPayload(record: Buffer): void {
    const header = this.#header;
    this.#record = undefined;
    this.#header = undefined;
    this.#state = 'header';
    this.#got = 0;
    if (header === undefined) return;
    if (header.type === RECORD_CONTROL) {
      this.#sink.onControl(record.subarray(RECORD_HEADER_BYTES));
      return;
    }
    const frame = frameOfRecord(this.#kind, header, record);
    checkPayload(frame, this.#limits);
    this.#sink.onMedia(frame);
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
