/**
 * The fixed binary headers of the native framing: the preamble and the record header, each
 * described by one struct format. Owns offsets and numbers; reads no socket.
 *
 * Layout: meet-protocol(7), "Preamble" and "Record header".
 */
import { MeetError } from './errors.js';
import type { StreamKind } from './stream-kind.js';
import { KIND_NUMBER } from './stream-kind.js';
import { struct } from './struct.js';

export const MAGIC = Buffer.from('MEET', 'ascii');
export const PROTOCOL_VERSION = 1;
/** Versions that this side speaks, best first. */
export const PROTOCOL_VERSIONS: readonly number[] = [PROTOCOL_VERSION];

/** magic, version, kind, reserved. */
const PREAMBLE = struct('>4sBBH');
export const PREAMBLE_BYTES = PREAMBLE.sizeBytes;

/** type, codec, flags, source, sequence, payload length, captured at, encoded after, relayed after. */
const RECORD_HEADER = struct('>BBHIIIQII');
export const RECORD_HEADER_BYTES = RECORD_HEADER.sizeBytes;

/** Offsets of the fields that a relay writes into a shared record. */
const SOURCE_OFFSET = RECORD_HEADER.offsets[3] ?? 4;
const RELAYED_AFTER_OFFSET = RECORD_HEADER.offsets[8] ?? 28;

export const RECORD_CONTROL = 0;
export const RECORD_MEDIA = 1;

/** Flag bits of the record header. */
export const FLAG_KEY = 1;
export const FLAG_UNCHANGED = 2;

/** Codec numbers. Opus, H.264 and changed-tiles get theirs here. */
export const CODEC_NUMBER = { none: 0, jpeg: 1, 'pcm-s16le': 2 } as const;
export type Codec = keyof typeof CODEC_NUMBER;

/** Codec of a kind's media in version 1. */
export const KIND_CODEC: Readonly<Record<StreamKind, Codec>> = {
  screen: 'jpeg',
  video: 'jpeg',
  audio: 'pcm-s16le',
};

/** Largest value of a u32 field. */
export const U32_MAX = 0xffff_ffff;

export interface Preamble {
  readonly version: number;
  readonly kindNumber: number;
}

export interface RecordHeader {
  readonly type: number;
  readonly codecNumber: number;
  readonly flags: number;
  /** Participant number in the meeting; 0 from a publisher. */
  readonly source: number;
  /** Per stream, from 0, modulo 2^32. */
  readonly sequence: number;
  readonly payloadBytes: number;
  /** Microseconds since the Unix epoch, publisher's clock. */
  readonly capturedAtUs: number;
  /** Microseconds from capture to encoded. */
  readonly encodedAfterUs: number;
  /** Microseconds from capture to relayed, publisher's clock as the daemon estimates it; 0 unset. */
  readonly relayedAfterUs: number;
}

/** Kind number of a control socket, which carries control records and single pictures. */
export const CONTROL_KIND_NUMBER = 0;

export function encodePreamble(kind: StreamKind | 'control', version = PROTOCOL_VERSION): Buffer {
  const kindNumber = kind === 'control' ? CONTROL_KIND_NUMBER : KIND_NUMBER[kind];
  return PREAMBLE.pack([MAGIC, version, kindNumber, 0]);
}

/** Reads 8 bytes. Throws MEET_PROTOCOL when they do not begin with `MEET`. */
export function decodePreamble(bytes: Buffer): Preamble {
  const [magic, version, kindNumber] = PREAMBLE.unpack(bytes);
  if (!Buffer.isBuffer(magic) || !magic.equals(MAGIC)) {
    const first = bytes.subarray(0, PREAMBLE_BYTES);
    throw new MeetError(
      'MEET_PROTOCOL',
      `the peer began with ${JSON.stringify(first.toString('latin1'))} (${first.toString('hex')}), ` +
        'expected "MEET"; it is no meet daemon, or not of this version',
    );
  }
  return { version: Number(version), kindNumber: Number(kindNumber) };
}

export function encodeRecordHeader(header: RecordHeader, target?: Buffer): Buffer {
  const out = target ?? Buffer.allocUnsafe(RECORD_HEADER_BYTES);
  RECORD_HEADER.packInto(out, 0, [
    header.type,
    header.codecNumber,
    header.flags,
    header.source,
    header.sequence,
    header.payloadBytes,
    header.capturedAtUs,
    header.encodedAfterUs,
    header.relayedAfterUs,
  ]);
  return out;
}

/** Reads 32 bytes. Throws MEET_FRAME_MALFORMED for a capture time beyond 2^53-1. */
export function decodeRecordHeader(bytes: Buffer): RecordHeader {
  const values = RECORD_HEADER.unpack(bytes).map(Number);
  const [type = 0, codecNumber = 0, flags = 0, source = 0, sequence = 0] = values;
  const [payloadBytes = 0, capturedAtUs = 0, encodedAfterUs = 0, relayedAfterUs = 0] =
    values.slice(5);
  return {
    type,
    codecNumber,
    flags,
    source,
    sequence,
    payloadBytes,
    capturedAtUs,
    encodedAfterUs,
    relayedAfterUs,
  };
}

/** Writes the fields that only the daemon knows into a record that all viewers share. */
export function stampRelay(record: Buffer, source: number, relayedAfterUs: number): void {
  record.writeUInt32BE(source, SOURCE_OFFSET);
  record.writeUInt32BE(Math.min(Math.max(0, relayedAfterUs), U32_MAX), RELAYED_AFTER_OFFSET);
}

/** Microseconds from capture to the daemon, as it wrote them; 0: it did not know. */
export function relayedAfterUsOf(record: Buffer): number {
  return record.readUInt32BE(RELAYED_AFTER_OFFSET);
}

/** The participant's number in a record; 0 from a publisher. */
export function sourceOf(record: Buffer): number {
  return record.readUInt32BE(SOURCE_OFFSET);
}
