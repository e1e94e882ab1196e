/**
 * Encodes EBML elements. Owns sizes, values and the CRC-32 of a master; knows no file and no order of
 * elements. All functions are pure; buffers that are given are taken as they are, not copied, where
 * a list of buffers is returned.
 */
import { crc32 } from 'node:zlib';
import type { ElementName } from './elements.js';
import { ELEMENTS } from './elements.js';

/** Size of a Segment whose end is not known yet: all value bits set (RFC 8794 section 6.2). */
export const UNKNOWN_SIZE = Buffer.from('01ffffffffffffff', 'hex');
/** An element's ID, a size of one byte, four bytes of CRC-32. */
export const CRC_ELEMENT_BYTES = 6;
/** The epoch of EBML dates (RFC 8794 section 7.6): 2001-01-01T00:00:00Z, in microseconds since 1970. */
export const EBML_EPOCH_US = Date.UTC(2001, 0, 1) * 1000;

/** The most that `encodeSize` takes: 2^53 - 1. */
const MOST_SIZE = Number.MAX_SAFE_INTEGER;

/** How many bytes `encodeSize` gives: 1 to 8. */
export function sizeLength(size: number): number {
  let length = 1;
  // All ones are reserved for the unknown size (RFC 8794 section 6.2).
  while (size >= 2 ** (7 * length) - 1) length += 1;
  return length;
}

/** A data size as a variable-size integer (RFC 8794 section 6), as short as can be or of `length`. */
export function encodeSize(size: number, length = sizeLength(size)): Buffer {
  if (size < 0 || size > MOST_SIZE || sizeLength(size) > length) {
    throw new RangeError(`element size is ${size}, expected 0 to ${MOST_SIZE} in ${length} bytes`);
  }
  const bytes = Buffer.alloc(length);
  writeSize(bytes, 0, size, length);
  return bytes;
}

/** Writes a data size of `length` bytes at `at`; `size` must fit. */
export function writeSize(target: Buffer, at: number, size: number, length: number): void {
  let rest = size;
  for (let index = length - 1; index >= 0; index -= 1) {
    target[at + index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  target[at] = (target[at] ?? 0) | (1 << (8 - length));
}

/** An element's ID as it stands in a file. */
export function encodeId(name: ElementName): Buffer {
  const { id } = ELEMENTS[name];
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes.subarray(id > 0xff_ffff ? 0 : id > 0xffff ? 1 : id > 0xff ? 2 : 3);
}

/** A whole element with any payload. */
export function binary(name: ElementName, payload: Buffer): Buffer {
  return Buffer.concat([encodeId(name), encodeSize(payload.length), payload]);
}

/** A whole element with its children in it. */
export function master(name: ElementName, children: readonly Buffer[]): Buffer {
  return binary(name, Buffer.concat(children));
}

/** A whole element that begins with the CRC-32 of its other children (RFC 8794 section 11.3.1). */
export function checkedMaster(name: ElementName, children: readonly Buffer[]): Buffer {
  return master(name, [crcElement(crcOf(children)), ...children]);
}

/** The CRC-32 element; `crc` is that of ISO 3309, which is zlib's. */
export function crcElement(crc: number): Buffer {
  const bytes = Buffer.alloc(CRC_ELEMENT_BYTES);
  bytes[0] = ELEMENTS.CRC32.id;
  bytes[1] = 0x84;
  // Little-endian (RFC 8794 section 11.3.1).
  bytes.writeUInt32LE(crc, 2);
  return bytes;
}

/** The CRC-32 over several buffers as if they were one. */
export function crcOf(buffers: readonly Buffer[]): number {
  return buffers.reduce((crc, buffer) => crc32(buffer, crc), 0);
}

/** An unsigned integer of as few bytes as hold it, at least one; at most 2^53 - 1. */
export function uinteger(name: ElementName, value: number): Buffer {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} is ${value}, expected a whole number from 0 to ${MOST_SIZE}`);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  const first = bytes.findIndex((byte) => byte !== 0);
  return binary(name, bytes.subarray(first < 0 ? 7 : first));
}

/** A float of 8 bytes. */
export function float(name: ElementName, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return binary(name, bytes);
}

/** A string or UTF-8 element. */
export function text(name: ElementName, value: string): Buffer {
  return binary(name, Buffer.from(value, 'utf8'));
}

/** A date of 8 bytes: nanoseconds since 2001 (RFC 8794 section 7.6), from microseconds since 1970. */
export function date(name: ElementName, atUs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(atUs - EBML_EPOCH_US) * 1000n);
  return binary(name, bytes);
}

/** A Void element of exactly `length` bytes, at least 2, itself included. */
export function voidOf(length: number): Buffer {
  if (length < 2) throw new RangeError(`Void is to have ${length} bytes, expected at least 2`);
  const sizeBytes = length - 1 > 127 ? 8 : 1;
  const payload = Buffer.alloc(length - 1 - sizeBytes);
  return Buffer.concat([encodeId('Void'), encodeSize(payload.length, sizeBytes), payload]);
}
