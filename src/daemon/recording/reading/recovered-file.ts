/**
 * A Matroska file that is made of another one's clusters: its head with room for what is known only at
 * the end, the clusters, an index. Owns the layout of that file; decides nothing about what is kept.
 *
 *   EBML header │ Segment: [SeekHead, Void] Info, Tracks, Tags … │ Cluster … │ Cues
 */
import { crc32 } from 'node:zlib';
import type { RecordingFs } from '../recording-fs.js';
import { writeAll } from '../recording-fs.js';
import type { Block, Cluster } from './cluster.js';
import { CRC_ELEMENT_BYTES, ID_CRC32, children, encodeHead } from './ebml.js';
import type { HeadPart, MatroskaHead } from './matroska-head.js';
import { ELEMENTS } from '../matroska/elements.js';

/** SeekHead with its checksum and an entry of 21 bytes for each of Info, Tracks, Tags, Cues and two more. */
const SEEK_ROOM_BYTES = 192;
const VOID_HEAD_BYTES = 9;
/** Entries of the index are at least so far apart in time, and not more of them. */
const CUE_EVERY_NS = 2_000_000_000;
const CUES_MOST = 1_000_000;

interface Cue {
  readonly ticks: number;
  readonly track: number;
  /** From the Segment's data on. */
  readonly place: number;
}

type Clip = Pick<Cluster, 'ticks' | 'blocks' | 'bytes'>;

export class RecoveredFile {
  readonly #fs: RecordingFs;
  readonly #fd: number;
  readonly #cues: Cue[] = [];
  readonly #seeks = new Map<number, number>();
  #pending: Promise<void> = Promise.resolve();
  #at = 0;
  #segmentStart = 0;
  #durationAt = 0;
  #infoAt = 0;
  #info: Buffer = Buffer.alloc(0);
  #scaleNs = 1_000_000;
  #lastTicks = 0;

  constructor(fs: RecordingFs, fd: number) {
    this.#fs = fs;
    this.#fd = fd;
  }

  /** Writes the head. `opening`: the file's first bytes, up to where the Segment's data begin. */
  async begin(opening: Buffer, head: MatroskaHead): Promise<void> {
    this.#scaleNs = head.scaleNs;
    const segmentHead = Buffer.from('1853806701ffffffffffffff', 'hex');
    const header = Buffer.from(opening.subarray(0, segmentAt(opening)));
    this.#segmentStart = header.length + segmentHead.length;
    const pieces = [header, segmentHead, voidElement(SEEK_ROOM_BYTES)];
    this.#at = this.#segmentStart + SEEK_ROOM_BYTES;
    for (const part of head.parts) {
      if (part.id === ELEMENTS.SeekHead.id) continue;
      const element = part.id === ELEMENTS.Info.id ? this.#infoElement(part) : wholeElement(part);
      if (!this.#seeks.has(part.id)) this.#seeks.set(part.id, this.#at - this.#segmentStart);
      pieces.push(element);
      this.#at += element.length;
    }
    await writeAll(this.#fs, this.#fd, pieces, 0);
  }

  /** Resolves when the cluster before is written; this one's bytes must stay until the next call. */
  async add(cluster: Clip): Promise<void> {
    await this.#pending;
    this.#cue(cluster.ticks, cluster.blocks);
    const at = this.#at;
    this.#at += cluster.bytes.length;
    this.#pending = writeAll(this.#fs, this.#fd, [cluster.bytes], at);
    // It is awaited by the next call; until then a failure must not be called unhandled.
    this.#pending.catch(() => undefined);
  }

  /** Resolves when all that was added is written. */
  async settle(): Promise<void> {
    await this.#pending;
  }

  /** Writes the index, then what the head says of length and places. Resolves with the file's size. */
  async end(): Promise<number> {
    await this.#pending;
    if (this.#cues.length > 0) {
      const cues = this.#cuesElement();
      this.#seeks.set(ELEMENTS.Cues.id, this.#at - this.#segmentStart);
      await writeAll(this.#fs, this.#fd, [cues], this.#at);
      this.#at += cues.length;
    }
    const size = encodeHead(ELEMENTS.Segment.id, this.#at - this.#segmentStart);
    await writeAll(this.#fs, this.#fd, [size, this.#seekHead()], this.#segmentStart - size.length);
    if (this.#info.length > 0) {
      this.#info.writeDoubleBE(this.#lastTicks, this.#durationAt);
      stampChecksum(this.#info, encodedHeadBytes(this.#info));
      await writeAll(this.#fs, this.#fd, [this.#info], this.#infoAt);
    }
    return this.#at;
  }

  #cue(ticks: number, blocks: readonly Block[]): void {
    // One without a block says that the picture still stands.
    this.#lastTicks = Math.max(this.#lastTicks, ticks);
    for (const block of blocks) {
      this.#lastTicks = Math.max(this.#lastTicks, block.ticks + (block.durationTicks ?? 0));
    }
    const first = blocks.find(({ isKey }) => isKey);
    const last = this.#cues.at(-1);
    const isNear = last !== undefined && (ticks - last.ticks) * this.#scaleNs < CUE_EVERY_NS;
    if (first === undefined || isNear || this.#cues.length >= CUES_MOST) return;
    const place = this.#at - this.#segmentStart;
    this.#cues.push({ ticks: Math.max(0, first.ticks), track: first.track, place });
  }

  /** Info as it was, with a length that is filled in at the end, and a new checksum. */
  #infoElement({ data }: HeadPart): Buffer {
    const kept = [...children(data, 0, data.length)]
      .filter(({ id }) => id !== ELEMENTS.Duration.id && id !== ID_CRC32 && id !== ELEMENTS.Void.id)
      .map(({ at, end }) => data.subarray(at, end));
    const duration = Buffer.concat([encodeHead(ELEMENTS.Duration.id, 8, 1), Buffer.alloc(8)]);
    this.#info = checkedElement(ELEMENTS.Info.id, Buffer.concat([...kept, duration]));
    this.#infoAt = this.#at;
    this.#durationAt = this.#info.length - 8;
    return this.#info;
  }

  #cuesElement(): Buffer {
    const points = this.#cues.map(({ ticks, track, place }) => {
      const positions = Buffer.concat([
        uintElement(ELEMENTS.CueTrack.id, track),
        uintElement(ELEMENTS.CueClusterPosition.id, place),
      ]);
      return element(
        ELEMENTS.CuePoint.id,
        Buffer.concat([
          uintElement(ELEMENTS.CueTime.id, ticks),
          element(ELEMENTS.CueTrackPositions.id, positions),
        ]),
      );
    });
    return checkedElement(ELEMENTS.Cues.id, Buffer.concat(points));
  }

  /** Fills its room exactly, the rest being Void. */
  #seekHead(): Buffer {
    const seeks = [...this.#seeks].slice(0, 6).map(([id, place]) => {
      const name = Buffer.alloc(4);
      name.writeUInt32BE(id);
      return element(
        ELEMENTS.Seek.id,
        Buffer.concat([
          element(ELEMENTS.SeekID.id, name),
          uintElement(ELEMENTS.SeekPosition.id, place),
        ]),
      );
    });
    const head = checkedElement(ELEMENTS.SeekHead.id, Buffer.concat(seeks));
    return Buffer.concat([head, voidElement(SEEK_ROOM_BYTES - head.length)]);
  }
}

/** A cluster of block elements that are there already, with a checksum. */
export function clusterElement(ticks: number, blocks: Buffer): Buffer {
  return checkedElement(
    ELEMENTS.Cluster.id,
    Buffer.concat([uintElement(ELEMENTS.Timestamp.id, ticks), blocks]),
  );
}

/** Where the Segment's head begins in a file's first bytes, which end with it. */
function segmentAt(opening: Buffer): number {
  return opening.lastIndexOf(SEGMENT_ID);
}

const SEGMENT_ID = Buffer.from('18538067', 'hex');

function wholeElement({ id, data }: HeadPart): Buffer {
  return element(id, data);
}

function element(id: number, data: Buffer): Buffer {
  return Buffer.concat([encodeHead(id, data.length, data.length < 127 ? 1 : 8), data]);
}

/** With a CRC-32 as its first child (RFC 8794, 11.3.1). */
function checkedElement(id: number, data: Buffer): Buffer {
  const head = encodeHead(id, data.length + CRC_ELEMENT_BYTES, 8);
  const whole = Buffer.concat([head, Buffer.from([ID_CRC32, 0x84, 0, 0, 0, 0]), data]);
  stampChecksum(whole, head.length);
  return whole;
}

function stampChecksum(whole: Buffer, headBytes: number): void {
  const dataAt = headBytes + CRC_ELEMENT_BYTES;
  whole.writeUInt32LE(crc32(whole.subarray(dataAt)), dataAt - 4);
}

/** Identifier of four bytes and size of eight, as `checkedElement` writes them. */
function encodedHeadBytes(whole: Buffer): number {
  return whole.length === 0 ? 0 : 12;
}

function uintElement(id: number, value: number): Buffer {
  const data = Buffer.alloc(value > 0xffff_ffff ? 8 : 4);
  if (data.length === 8) data.writeBigUInt64BE(BigInt(value));
  else data.writeUInt32BE(value);
  return element(id, data);
}

/** `bytes` long in all, at least 9: a size of eight bytes. */
function voidElement(bytes: number): Buffer {
  const head = encodeHead(ELEMENTS.Void.id, bytes - VOID_HEAD_BYTES, 8);
  return Buffer.concat([head, Buffer.alloc(bytes - VOID_HEAD_BYTES)]);
}
