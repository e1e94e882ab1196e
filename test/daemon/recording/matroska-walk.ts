/**
 * Walks a Matroska file's clusters, written for tests from RFC 8794 and RFC 9559 alone; shares nothing
 * with the writer.
 */
import { crc32 } from 'node:zlib';

const CLUSTER = 0x1f43b675;
const SIMPLE_BLOCK = 0xa3;
const BLOCK_GROUP = 0xa0;
const TIMESTAMP = 0xe7;
const FIRST_CLUSTER_AT = 4096;

export interface WalkedBlock {
  readonly track: number;
  readonly atMs: number;
  readonly payload: Buffer;
}

export interface WalkedCluster {
  readonly from: number;
  readonly to: number;
  readonly timestampMs: number;
  readonly blocks: readonly WalkedBlock[];
}

interface Walked {
  readonly id: number;
  readonly from: number;
  readonly dataFrom: number;
  readonly to: number;
}

/** All whole clusters from the first on, until something else or the end of the file comes. */
export function walkClusters(bytes: Buffer): WalkedCluster[] {
  const clusters: WalkedCluster[] = [];
  for (let at = FIRST_CLUSTER_AT; ;) {
    const element = elementAt(bytes, at);
    if (element?.id !== CLUSTER || element.to > bytes.length) return clusters;
    clusters.push(readCluster(bytes, element));
    at = element.to;
  }
}

/** Throws when its checksum does not fit. */
function readCluster(bytes: Buffer, { from, dataFrom, to }: Walked): WalkedCluster {
  if (bytes.readUInt16BE(dataFrom) !== 0xbf84) throw new Error(`cluster at ${from} has no CRC-32`);
  const expected = bytes.readUInt32LE(dataFrom + 2);
  const found = crc32(bytes.subarray(dataFrom + 6, to));
  if (found !== expected) throw new Error(`cluster at ${from}: CRC-32 ${found}, not ${expected}`);
  let timestampMs = 0;
  const blocks: WalkedBlock[] = [];
  for (let at = dataFrom + 6; at < to;) {
    const child = elementAt(bytes, at);
    if (child === undefined) throw new Error(`cluster at ${from} holds no element at ${at}`);
    const data = bytes.subarray(child.dataFrom, child.to);
    if (child.id === TIMESTAMP) timestampMs = data.readUIntBE(0, data.length);
    if (child.id === SIMPLE_BLOCK) blocks.push(readBlock(data, timestampMs));
    if (child.id === BLOCK_GROUP) {
      const block = elementAt(data, 0);
      if (block !== undefined) {
        blocks.push(readBlock(data.subarray(block.dataFrom, block.to), timestampMs));
      }
    }
    at = child.to;
  }
  return { from, to, timestampMs, blocks };
}

function readBlock(data: Buffer, timestampMs: number): WalkedBlock {
  const track = data.readUInt8(0) & 0x7f;
  return { track, atMs: timestampMs + data.readInt16BE(1), payload: data.subarray(4) };
}

function elementAt(bytes: Buffer, at: number): Walked | undefined {
  const idLength = lengthOf(bytes[at]);
  const sizeLength = idLength === undefined ? undefined : lengthOf(bytes[at + idLength]);
  if (idLength === undefined || sizeLength === undefined) return undefined;
  const dataFrom = at + idLength + sizeLength;
  if (dataFrom > bytes.length) return undefined;
  const id = bytes.readUIntBE(at, idLength);
  const marker = 2 ** (7 * sizeLength);
  const first = bytes.readUIntBE(at + idLength, Math.min(sizeLength, 6));
  const size = sizeLength <= 6 ? first - marker : Number.NaN;
  return { id, from: at, dataFrom, to: dataFrom + size };
}

function lengthOf(byte: number | undefined): number | undefined {
  return byte === undefined || byte === 0 ? undefined : Math.clz32(byte) - 23;
}
