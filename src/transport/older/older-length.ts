/**
 * The length prefix of the older plain framing: how many bytes it has on each port, in which order,
 * and which limit caps it. Owns the reading of these 4 or 8 bytes; never reads a body.
 *
 * Screen and audio: u32 big-endian. Video: u64 in the sender's native order (`struct.pack("Q")`), so
 * both orders are understood. They cannot be confused: a length that a limit allows is below 2^32,
 * so little-endian has zeros in bytes 4 to 7, big-endian in bytes 0 to 3, and both only for 0.
 */
import { MeetError } from '../errors.js';
import type { LimitName, Limits } from '../limits.js';
import type { StreamKind } from '../stream-kind.js';

/** Bytes of the length prefix. */
export const OLDER_LENGTH_BYTES: Readonly<Record<StreamKind, 4 | 8>> = {
  screen: 4,
  video: 8,
  audio: 4,
};

/** The limit that caps the body of each kind. */
export const OLDER_BODY_LIMIT: Readonly<Record<StreamKind, LimitName>> = {
  screen: 'jpeg-bytes',
  video: 'ndarray-bytes',
  audio: 'pcm-bytes',
};

/** Lengths from 2^32 on are refused whatever the limit says: it keeps the two orders apart. */
const LENGTH_MAX = 0xffff_ffff;

/**
 * Reads a whole length prefix: 1 to the kind's limit. Throws MEET_FRAME_MALFORMED for 0 and
 * MEET_FRAME_TOO_LARGE for more than the limit.
 */
export function readOlderLength(kind: StreamKind, bytes: Buffer, limits: Limits): number {
  const length = OLDER_LENGTH_BYTES[kind] === 4 ? BigInt(bytes.readUInt32BE(0)) : smallerU64(bytes);
  const limit = lengthLimit(kind, limits);
  if (length === 0n) {
    throw new MeetError(
      'MEET_FRAME_MALFORMED',
      `${kind} frame has a length of 0 bytes, expected 1 to ${limit}`,
    );
  }
  if (length > BigInt(limit)) {
    throw new MeetError(
      'MEET_FRAME_TOO_LARGE',
      `${kind} frame is ${length.toString()} bytes, limit is ${limit} ` +
        `(--limit ${OLDER_BODY_LIMIT[kind]}=VALUE)`,
    );
  }
  return Number(length);
}

/**
 * Whether a length from 1 to the kind's limit can begin with these bytes (any number of them; only
 * the prefix's own are looked at).
 */
export function canBeOlderLength(kind: StreamKind, bytes: Buffer, limits: Limits): boolean {
  const size = OLDER_LENGTH_BYTES[kind];
  const known = bytes.subarray(0, size);
  const limit = BigInt(lengthLimit(kind, limits));
  if (inRange(known, size, limit)) return true;
  return size === 8 && inRangeLittle(known, limit);
}

/** Whether some big-endian number of `size` bytes from 1 to `limit` begins with `known`. */
function inRange(known: Buffer, size: number, limit: bigint): boolean {
  const least = Buffer.alloc(8);
  const most = Buffer.alloc(8).fill(0xff, 8 - size);
  known.copy(least, 8 - size);
  known.copy(most, 8 - size);
  return least.readBigUInt64BE(0) <= limit && most.readBigUInt64BE(0) > 0n;
}

/** Whether some little-endian u64 from 1 to `limit` begins with `known`: the missing bytes are high. */
function inRangeLittle(known: Buffer, limit: bigint): boolean {
  const least = Buffer.alloc(8);
  known.copy(least);
  const value = least.readBigUInt64LE(0);
  // All zero so far: the least length left is a 1 in the next byte.
  const leastPositive = value > 0n ? value : 256n ** BigInt(known.length);
  return leastPositive <= limit;
}

/** The one of both orders that can be meant; for neither, the one that reads better in a message. */
function smallerU64(bytes: Buffer): bigint {
  const little = bytes.readBigUInt64LE(0);
  const big = bytes.readBigUInt64BE(0);
  return little < big ? little : big;
}

function lengthLimit(kind: StreamKind, limits: Limits): number {
  return Math.min(limits[OLDER_BODY_LIMIT[kind]], LENGTH_MAX);
}
