/**
 * The frame: one picture or one chunk of sound with its times, as it goes through every room. Owns
 * the type and how it is made; never changes a payload.
 */
import type { Codec, RecordHeader } from './record-header.js';
import {
  CODEC_NUMBER,
  FLAG_KEY,
  FLAG_UNCHANGED,
  KIND_CODEC,
  RECORD_HEADER_BYTES,
  RECORD_MEDIA,
  encodeRecordHeader,
} from './record-header.js';
import type { RecordLease } from './record-memory.js';
import type { StreamKind } from './stream-kind.js';

/**
 * One media record. `record` is the 32 header bytes and the payload in one buffer, shared by all
 * who read it: nobody writes to it but `stampRelay`, once, before it is offered to anyone.
 */
export interface Frame {
  readonly kind: StreamKind;
  readonly codec: Codec;
  /** Decodable alone. */
  readonly key: boolean;
  /** The picture is the same as the last one; the payload is empty. */
  readonly unchanged: boolean;
  /** Per stream, from 0, modulo 2^32; a gap is a counted loss. */
  readonly sequence: number;
  /** Microseconds since the Unix epoch, publisher's clock. */
  readonly capturedAtUs: number;
  /** Microseconds from capture to encoded. */
  readonly encodedAfterUs: number;
  readonly record: Buffer;
  /** The payload: a view of `record`. A whole JPEG, or PCM s16le interleaved; empty if unchanged. */
  readonly payload: Buffer;
  /**
   * The memory of `record` where it will be used again: hold it to keep the frame beyond the call
   * that gave it, and release it then. Undefined where the garbage collector has it.
   */
  readonly lease: RecordLease | undefined;
}

/** Makes the frame of a record whose header was read; `record` holds header and payload. */
export function frameOfRecord(
  kind: StreamKind,
  header: RecordHeader,
  record: Buffer,
  lease?: RecordLease,
): Frame {
  return {
    kind,
    codec: header.codecNumber === CODEC_NUMBER.none ? 'none' : KIND_CODEC[kind],
    key: (header.flags & FLAG_KEY) !== 0,
    unchanged: (header.flags & FLAG_UNCHANGED) !== 0,
    sequence: header.sequence,
    capturedAtUs: header.capturedAtUs,
    encodedAfterUs: header.encodedAfterUs,
    record,
    payload: record.subarray(RECORD_HEADER_BYTES),
    lease,
  };
}

export interface FrameParts {
  readonly kind: StreamKind;
  readonly sequence: number;
  readonly capturedAtUs: number;
  readonly encodedAfterUs?: number;
  /** Left out for an unchanged picture. */
  readonly payload?: Buffer;
}

/**
 * Makes a frame of its parts. Give `record` when the payload already stands at byte 32 of a buffer
 * (the decoders do), so that nothing is copied; otherwise the payload is copied once.
 */
export function makeFrame(parts: FrameParts, record?: Buffer): Frame {
  const header = mediaHeader(parts, record);
  const whole = record ?? Buffer.allocUnsafeSlow(RECORD_HEADER_BYTES + header.payloadBytes);
  encodeRecordHeader(header, whole);
  if (record === undefined) parts.payload?.copy(whole, RECORD_HEADER_BYTES);
  return frameOfRecord(parts.kind, header, whole);
}

/** The header of a media record that a publisher sends. */
export function mediaHeader(parts: FrameParts, record?: Buffer): RecordHeader {
  const payloadBytes =
    record === undefined ? (parts.payload?.length ?? 0) : record.length - RECORD_HEADER_BYTES;
  const unchanged = payloadBytes === 0;
  return {
    type: RECORD_MEDIA,
    codecNumber: unchanged ? CODEC_NUMBER.none : CODEC_NUMBER[KIND_CODEC[parts.kind]],
    flags: unchanged ? FLAG_UNCHANGED : FLAG_KEY,
    source: 0,
    sequence: parts.sequence,
    payloadBytes,
    capturedAtUs: parts.capturedAtUs,
    encodedAfterUs: parts.encodedAfterUs ?? 0,
    relayedAfterUs: 0,
  };
}
