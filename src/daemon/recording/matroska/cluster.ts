/**
 * Encodes Clusters and the blocks in them. Owns their layout and their CRC-32; knows no file. No
 * payload is copied: what comes out is a list of buffers for one gathered write.
 *
 *   Cluster │ CRC-32 │ Timestamp │ SimpleBlock head │ payload │ SimpleBlock head │ payload │ ...
 */
import { crc32 } from 'node:zlib';
import { ELEMENTS } from './elements.js';
import {
  CRC_ELEMENT_BYTES,
  crcElement,
  encodeId,
  encodeSize,
  master,
  sizeLength,
  text,
  binary,
  uinteger,
  writeSize,
} from './ebml.js';
import type { TrackKind } from './tracks.js';
import { TRACK_NUMBER } from './tracks.js';

/** A picture or a chunk of sound. */
export interface MediaBlock {
  readonly track: Exclude<TrackKind, 'events'>;
  /** Milliseconds since the segment's start. */
  readonly atMs: number;
  readonly payload: Buffer;
}

/** Something said or done, for people and for programs. */
export interface EventBlock {
  readonly track: 'events';
  readonly atMs: number;
  /** UTF-8, as players show it. */
  readonly words: string;
  /** One JSON object. */
  readonly json: string;
}

export type Block = MediaBlock | EventBlock;

/** A block's timestamp is 16 bits, signed, from its Cluster's (RFC 9559 section 10.2). */
export const MOST_RELATIVE_MS = 32_767;
/** How long players show an event, in ms. */
export const EVENT_SHOWN_MS = 4000;

/** Decodable alone, not invisible, no lacing (RFC 9559 section 10.3, table 38). */
const FLAGS_KEYFRAME = 0x80;
/** In a BlockGroup that bit is reserved: it is a keyframe unless it refers to another. */
const FLAGS_GROUP = 0x00;
/** The track's number, two bytes of time, the flags (RFC 9559 section 10.1). */
const BLOCK_HEAD_BYTES = 4;
/** A SimpleBlock's ID, a size of at most 8 bytes, and the block's own head. */
const MOST_HEAD_BYTES = 1 + 8 + BLOCK_HEAD_BYTES;
/** A track number below 127 as a variable-size integer of one byte. */
const TRACK_MARKER = 0x80;

/** Where an event stands in its Cluster. */
export interface EventPlace {
  readonly atMs: number;
  /** Of its BlockGroup, from the first byte of the Cluster's data. */
  readonly relativeAt: number;
}

export interface EncodedCluster {
  readonly buffers: readonly Buffer[];
  readonly bytes: number;
  readonly events: readonly EventPlace[];
}

/** One whole Cluster. All blocks must be within 32,767 ms of `timestampMs`; there may be none. */
export function encodeCluster(timestampMs: number, blocks: readonly Block[]): EncodedCluster {
  const timestamp = uinteger('Timestamp', timestampMs);
  const heads = Buffer.allocUnsafe(blocks.length * MOST_HEAD_BYTES);
  const buffers: Buffer[] = [timestamp];
  const events: EventPlace[] = [];
  let at = 0;
  let bytes = timestamp.length;
  let crc = crc32(timestamp);
  for (const block of blocks) {
    const relativeMs = block.atMs - timestampMs;
    const { length } = buffers;
    if (block.track === 'events') {
      events.push({ atMs: block.atMs, relativeAt: CRC_ELEMENT_BYTES + bytes });
      buffers.push(encodeEvent(block, relativeMs));
    } else {
      const end = writeSimpleHead(heads, at, block, relativeMs);
      buffers.push(heads.subarray(at, end), block.payload);
      at = end;
    }
    for (const buffer of buffers.slice(length)) {
      crc = crc32(buffer, crc);
      bytes += buffer.length;
    }
  }
  const dataBytes = CRC_ELEMENT_BYTES + bytes;
  const head = Buffer.concat([encodeId('Cluster'), encodeSize(dataBytes), crcElement(crc)]);
  return { buffers: [head, ...buffers], bytes: head.length + bytes, events };
}

function writeSimpleHead(
  target: Buffer,
  at: number,
  { track, payload }: MediaBlock,
  relativeMs: number,
): number {
  const size = BLOCK_HEAD_BYTES + payload.length;
  const length = sizeLength(size);
  target[at] = ELEMENTS.SimpleBlock.id;
  writeSize(target, at + 1, size, length);
  writeBlockHead(target, at + 1 + length, track, relativeMs, FLAGS_KEYFRAME);
  return at + 1 + length + BLOCK_HEAD_BYTES;
}

function encodeEvent({ words, json }: EventBlock, relativeMs: number): Buffer {
  const head = Buffer.alloc(BLOCK_HEAD_BYTES);
  writeBlockHead(head, 0, 'events', relativeMs, FLAGS_GROUP);
  return master('BlockGroup', [
    binary('Block', Buffer.concat([head, Buffer.from(words, 'utf8')])),
    master('BlockAdditions', [
      master('BlockMore', [uinteger('BlockAddID', 1), text('BlockAdditional', json)]),
    ]),
    uinteger('BlockDuration', EVENT_SHOWN_MS),
  ]);
}

function writeBlockHead(
  target: Buffer,
  at: number,
  track: TrackKind,
  relativeMs: number,
  flags: number,
): void {
  target[at] = TRACK_MARKER | TRACK_NUMBER[track];
  target.writeInt16BE(relativeMs, at + 1);
  target[at + 3] = flags;
}
