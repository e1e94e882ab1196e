/**
 * EBML as it lies in memory: element heads and the values of elements (RFC 8794). Owns the layout of
 * variable-size integers and what is refused in them; reads no file and knows no Matroska.
 */
import { crc32 } from 'node:zlib';
import { ELEMENTS } from '../matroska/elements.js';

/** An identifier of 4 bytes and a size of 8 (RFC 8794, 5 and 6; Matroska's limits, RFC 9559, 5). */
export const HEAD_MOST_BYTES = 12;
const ID_MOST_BYTES = 4;
const SIZE_MOST_BYTES = 8;

/** CRC-32 (RFC 8794, 11.3.1) is the first child, over all that follows it in its parent. */
export const ID_CRC32 = ELEMENTS.CRC32.id;
const CRC_DATA_BYTES = 4;
export const CRC_ELEMENT_BYTES = 6;

export interface ElementHead {
  /** With its marker bits, as the tables of the standards write it: 0x1f43b675. */
  readonly id: number;
  readonly headBytes: number;
  /** Of the data; undefined: unknown, it ends where its parent does or the next of its kind begins. */
  readonly dataBytes: number | undefined;
}

/** `start` to `end` is the element's data, in the buffer that it was read from. */
export interface Element {
  readonly id: number;
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The head at `at`; undefined when there is none: bytes are missing, an identifier of no valid length,
 * a size beyond 2^53.
 */
export function readHead(bytes: Buffer, at: number): ElementHead | undefined {
  const idBytes = lengthOf(bytes[at], ID_MOST_BYTES);
  if (idBytes === undefined || at + idBytes >= bytes.length) return undefined;
  const sizeBytes = lengthOf(bytes[at + idBytes], SIZE_MOST_BYTES);
  if (sizeBytes === undefined || at + idBytes + sizeBytes > bytes.length) return undefined;
  const size = readSize(bytes, at + idBytes, sizeBytes);
  if (size === 'too large') return undefined;
  const id = bytes.readUIntBE(at, idBytes);
  return { id, headBytes: idBytes + sizeBytes, dataBytes: size };
}

/** The number of leading zero bits and one (RFC 8794, 4.1). */
function lengthOf(first: number | undefined, most: number): number | undefined {
  if (first === undefined || first === 0) return undefined;
  const length = Math.clz32(first) - 23;
  return length <= most ? length : undefined;
}

/** All data bits one: unknown (RFC 8794, 6.2). */
function readSize(bytes: Buffer, at: number, length: number): number | undefined | 'too large' {
  if (length < SIZE_MOST_BYTES) {
    const rest = length === 1 ? 0 : bytes.readUIntBE(at + 1, length - 1);
    const size = ((bytes[at] ?? 0) & (0xff >> length)) * 2 ** (8 * (length - 1)) + rest;
    return size === 2 ** (7 * length) - 1 ? undefined : size;
  }
  const high = bytes.readUIntBE(at + 1, 3);
  const low = bytes.readUInt32BE(at + 4);
  if (high === 0xff_ffff && low === 0xffff_ffff) return undefined;
  return high > 0x1f_ffff ? 'too large' : high * 2 ** 32 + low;
}

/**
 * The children of an element's data, in order. Stops without a word at the first that is no element
 * or reaches beyond `end`; `isWhole` tells whether that happened. Never looks into a child.
 */
export function* children(bytes: Buffer, start: number, end: number): Generator<Element, boolean> {
  let at = start;
  while (at < end) {
    const head = readHead(bytes, at);
    if (head?.dataBytes === undefined) return false;
    const from = at + head.headBytes;
    const to = from + head.dataBytes;
    if (to > end) return false;
    yield { id: head.id, at, start: from, end: to };
    at = to;
  }
  return true;
}

/** Whether the children of an element's data fill it exactly. */
export function isWhole(bytes: Buffer, start: number, end: number): boolean {
  const walk = children(bytes, start, end);
  for (let step = walk.next(); ; step = walk.next()) if (step.done === true) return step.value;
}

/** What the checksum of an element's data says: it has none, it fits, it does not. */
export type Checksum = 'none' | 'good' | 'bad';

export function checksumOf(bytes: Buffer, start: number, end: number): Checksum {
  const head = end - start >= CRC_ELEMENT_BYTES ? readHead(bytes, start) : undefined;
  if (head?.id !== ID_CRC32) return 'none';
  if (head.dataBytes !== CRC_DATA_BYTES) return 'bad';
  const at = start + head.headBytes;
  // A size may be written longer than it must be (RFC 8794, 4.4), and the rest be cut off.
  if (at + CRC_DATA_BYTES > end) return 'bad';
  const body = bytes.subarray(at + CRC_DATA_BYTES, end);
  return crc32(body) === bytes.readUInt32LE(at) ? 'good' : 'bad';
}

/** An unsigned integer (RFC 8794, 7.2); undefined beyond 8 bytes or 2^53. */
export function uintOf(bytes: Buffer, { start, end }: Element): number | undefined {
  const length = end - start;
  if (length === 0) return 0;
  if (length <= 6) return bytes.readUIntBE(start, length);
  if (length > 8) return undefined;
  const value = Number(length === 8 ? bytes.readBigUInt64BE(start) : uint56(bytes, start));
  return Number.isSafeInteger(value) ? value : undefined;
}

function uint56(bytes: Buffer, start: number): number {
  return (bytes[start] ?? 0) * 2 ** 48 + bytes.readUIntBE(start + 1, 6);
}

/** A float of 4 or 8 bytes (RFC 8794, 7.3). */
export function floatOf(bytes: Buffer, { start, end }: Element): number | undefined {
  if (end - start === 8) return bytes.readDoubleBE(start);
  if (end - start === 4) return bytes.readFloatBE(start);
  return end === start ? 0 : undefined;
}

/** A date in nanoseconds since 2001-01-01 UTC (RFC 8794, 7.6). */
export function dateOf(bytes: Buffer, { start, end }: Element): bigint | undefined {
  return end - start === 8 ? bytes.readBigInt64BE(start) : undefined;
}

/** A text (RFC 8794, 7.4 and 7.5): ends at its first zero byte; at most `most` bytes are looked at. */
export function textOf(bytes: Buffer, { start, end }: Element, most = 4096): string {
  const part = bytes.subarray(start, Math.min(end, start + most));
  const zero = part.indexOf(0);
  return part.toString('utf8', 0, zero < 0 ? part.length : zero);
}
