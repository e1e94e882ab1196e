/**
 * One cluster in memory: its time, its blocks and whether its checksum fits (RFC 9559, 5.1.3 and 10).
 * Owns what counts as a whole cluster; reads no file.
 */
import type { Checksum, Element } from './ebml.js';
import { checksumOf, children, readHead, uintOf } from './ebml.js';
import { ELEMENTS } from '../matroska/elements.js';

/** Flags of a SimpleBlock (RFC 9559, 10.2); a Block has the lacing bits at the same place. */
const FLAG_KEY = 0x80;
const LACING_BITS = 0x06;

/** A frame in a cluster. Offsets are within the cluster's `bytes`. */
export interface Block {
  readonly track: number;
  /** In units of the file's TimestampScale, from its start; may be below zero. */
  readonly ticks: number;
  readonly durationTicks: number | undefined;
  readonly isKey: boolean;
  /** Several frames in one block, which none of ours has. */
  readonly isLaced: boolean;
  /** The frame's bytes. */
  readonly start: number;
  readonly end: number;
  /** What stands beside the frame (BlockAdditional), where there is anything. */
  readonly addition: { readonly start: number; readonly end: number } | undefined;
  /** The whole SimpleBlock or BlockGroup element. */
  readonly elementAt: number;
  readonly elementEnd: number;
}

export interface Cluster {
  /** From the file's start; `end` is where the next element begins. */
  readonly at: number;
  readonly end: number;
  readonly ticks: number;
  readonly checksum: Checksum;
  readonly blocks: readonly Block[];
  /** The whole element; valid until the walk goes on twice. */
  readonly bytes: Buffer;
}

/** Reads the blocks of a cluster's data, `start` to `end` of `bytes`. */
export function readBlocks(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly ticks: number | undefined; readonly blocks: Block[]; readonly isWhole: boolean } {
  const blocks: Block[] = [];
  let ticks: number | undefined;
  const walk = children(bytes, start, end);
  let step = walk.next();
  for (; step.done !== true; step = walk.next()) {
    const element = step.value;
    if (element.id === ELEMENTS.Timestamp.id) ticks = uintOf(bytes, element);
    if (ticks === undefined) continue;
    const block = blockOf(bytes, element, ticks);
    if (block !== undefined) blocks.push(block);
  }
  return { ticks, blocks, isWhole: step.value };
}

/**
 * The cluster that fills `bytes`, or why it is none. Its checksum may still be bad: the caller says
 * what that means.
 */
export function readCluster(bytes: Buffer, at: number, headBytes: number): Cluster | string {
  const checksum = checksumOf(bytes, headBytes, bytes.length);
  const { ticks, blocks, isWhole } = readBlocks(bytes, headBytes, bytes.length);
  if (checksum === 'bad') return `the checksum of the cluster at byte ${at} does not fit`;
  if (!isWhole) return `the cluster at byte ${at} is not filled by its elements`;
  if (ticks === undefined) return `the cluster at byte ${at} has no time`;
  return { at, end: at + bytes.length, ticks, checksum, blocks, bytes };
}

/** The frame of a SimpleBlock or BlockGroup; undefined for another element. */
export function blockOf(bytes: Buffer, element: Element, clusterTicks: number): Block | undefined {
  if (element.id === ELEMENTS.SimpleBlock.id)
    return frameOf(bytes, element, element, clusterTicks, true);
  if (element.id !== ELEMENTS.BlockGroup.id) return undefined;
  let inner: Element | undefined;
  let durationTicks: number | undefined;
  let addition: Element | undefined;
  for (const child of children(bytes, element.start, element.end)) {
    if (child.id === ELEMENTS.Block.id) inner ??= child;
    else if (child.id === ELEMENTS.BlockAdditions.id) addition = additionOf(bytes, child);
    else if (child.id === ELEMENTS.BlockDuration.id) durationTicks = uintOf(bytes, child);
  }
  if (inner === undefined) return undefined;
  const block = frameOf(bytes, inner, element, clusterTicks, false);
  return block === undefined ? undefined : { ...block, durationTicks, addition };
}

/** The first BlockAdditional (RFC 9559, 5.1.3.5.2). */
function additionOf(bytes: Buffer, additions: Element): Element | undefined {
  for (const more of children(bytes, additions.start, additions.end)) {
    for (const child of children(bytes, more.start, more.end)) {
      if (child.id === ELEMENTS.BlockAdditional.id) return child;
    }
  }
  return undefined;
}

/** Track number, two bytes of time relative to the cluster's, one of flags (RFC 9559, 10.1). */
function frameOf(
  bytes: Buffer,
  { start, end }: Element,
  whole: Element,
  clusterTicks: number,
  isSimple: boolean,
): Block | undefined {
  const trackBytes = Math.clz32(bytes[start] ?? 0) - 23;
  if (trackBytes > 4 || start + trackBytes + 3 > end) return undefined;
  const marked = bytes.readUIntBE(start, trackBytes);
  const flags = bytes[start + trackBytes + 2] ?? 0;
  return {
    track: marked - 2 ** (7 * trackBytes),
    ticks: clusterTicks + bytes.readInt16BE(start + trackBytes),
    durationTicks: undefined,
    addition: undefined,
    isKey: !isSimple || (flags & FLAG_KEY) !== 0,
    isLaced: (flags & LACING_BITS) !== 0,
    start: start + trackBytes + 3,
    end,
    elementAt: whole.at,
    elementEnd: whole.end,
  };
}

/** The time of a cluster of which only the first bytes are here; undefined: they do not say. */
export function clusterTicks(bytes: Buffer, headBytes: number): number | undefined {
  let at = headBytes;
  for (let count = 0; count < 4; count += 1) {
    const head = readHead(bytes, at);
    if (head?.dataBytes === undefined) return undefined;
    const start = at + head.headBytes;
    const end = start + head.dataBytes;
    if (end > bytes.length) return undefined;
    if (head.id === ELEMENTS.Timestamp.id) return uintOf(bytes, { id: head.id, at, start, end });
    at = end;
  }
  return undefined;
}
