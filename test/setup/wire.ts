/**
 * The native framing once more, written for tests from meet-protocol(7)'s tables. Owns its bytes, and
 * on purpose shares none with src/transport.
 */
import type { StreamKind } from '../../src/transport/stream-kind.js';

export const WIRE_KIND: Readonly<Record<StreamKind, number>> = { screen: 1, video: 2, audio: 3 };
export const WIRE_PREAMBLE_BYTES = 8;
export const WIRE_HEADER_BYTES = 32;

/** The fields of a record header; what is left out is 0. */
export interface WireHeader {
  readonly type?: number;
  readonly codec?: number;
  readonly flags?: number;
  readonly source?: number;
  readonly sequence?: number;
  /** Left out: the payload's length. */
  readonly payloadBytes?: number;
  readonly capturedAtUs?: number | bigint;
  readonly encodedAfterUs?: number;
  readonly relayedAfterUs?: number;
}

export function wirePreamble(kind: StreamKind | number, version = 1): Buffer {
  const number = typeof kind === 'number' ? kind : WIRE_KIND[kind];
  return Buffer.from([0x4d, 0x45, 0x45, 0x54, version, number, 0, 0]);
}

/** A record: 32 bytes and the payload. */
export function wireRecord(fields: WireHeader, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(WIRE_HEADER_BYTES);
  header[0] = fields.type ?? 0;
  header[1] = fields.codec ?? 0;
  header.writeUInt16BE(fields.flags ?? 0, 2);
  header.writeUInt32BE(fields.source ?? 0, 4);
  header.writeUInt32BE(fields.sequence ?? 0, 8);
  header.writeUInt32BE(fields.payloadBytes ?? payload.length, 12);
  header.writeBigUInt64BE(BigInt(fields.capturedAtUs ?? 0), 16);
  header.writeUInt32BE(fields.encodedAfterUs ?? 0, 24);
  header.writeUInt32BE(fields.relayedAfterUs ?? 0, 28);
  return Buffer.concat([header, payload]);
}

/** A control record: an object as JSON, or the bytes as they are. */
export function wireControl(record: object | Buffer): Buffer {
  return wireRecord(
    { type: 0 },
    Buffer.isBuffer(record) ? record : Buffer.from(JSON.stringify(record)),
  );
}

/** A media record of a picture; without a payload an `unchanged` one. */
export function wirePicture(fields: WireHeader, payload?: Buffer): Buffer {
  const form = payload === undefined ? { codec: 0, flags: 2 } : { codec: 1, flags: 1 };
  return wireRecord({ type: 1, ...form, ...fields }, payload);
}

/** A media record of sound. */
export function wireSound(fields: WireHeader, payload: Buffer): Buffer {
  return wireRecord({ type: 1, codec: 2, flags: 1, ...fields }, payload);
}

/**
 * Bytes that begin as a JPEG of that size does: SOI and the SOF0 segment (ITU-T T.81, B.2.2), then
 * filling. Nothing in the daemon's hot path decodes more than this.
 */
export function wireJpeg(width = 64, height = 48, fillBytes = 16): Buffer {
  const sof = Buffer.from('ffd8ffc0000b080000000001011100', 'hex');
  sof.writeUInt16BE(height, 7);
  sof.writeUInt16BE(width, 9);
  return Buffer.concat([sof, Buffer.alloc(fillBytes, 0x5a)]);
}

/** A chunk of sound: so many samples of 16 bits. */
export function wireSamples(samples = 1764, value = 0x0102): Buffer {
  const chunk = Buffer.alloc(samples * 2);
  for (let at = 0; at < chunk.length; at += 2) chunk.writeInt16LE(value, at);
  return chunk;
}

/** A frame of the older framing: u32 BE, on the video port u64 in either order. */
export function olderFrame(
  kind: StreamKind,
  body: Buffer,
  order: 'little' | 'big' = 'little',
): Buffer {
  const length = Buffer.alloc(kind === 'video' ? 8 : 4);
  if (kind !== 'video') length.writeUInt32BE(body.length);
  else if (order === 'little') length.writeUInt32LE(body.length);
  else length.writeUInt32BE(body.length, 4);
  return Buffer.concat([length, body]);
}
