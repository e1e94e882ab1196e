/**
 * A Matroska file that is made of clusters one after the other: room for its head, the clusters, an
 * index, then the head. Owns that layout and the order in which it is written; decides nothing about
 * what is in it.
 *
 *   EBML header │ Segment: SeekHead, Info, Tracks, Tags …, Void │ Cluster … │ Cues
 */
import { ELEMENTS } from '../matroska/elements.js';
import type { Cue } from '../matroska/cues.js';
import { encodeCues } from '../matroska/cues.js';
import {
  binary,
  checkedMaster,
  encodeId,
  encodeSize,
  float,
  master,
  uinteger,
  voidOf,
} from '../matroska/ebml.js';
import type { RecordingFs } from '../recording-fs.js';
import { writeAll } from '../recording-fs.js';

/** Entries of the index are at least so far apart, and not more of them. */
const CUE_EVERY_NS = 2_000_000_000;
const CUES_MOST = 1_000_000;
/** A Segment's identifier and a size of eight bytes. */
const SEGMENT_HEAD_BYTES = 12;
const SIZE_BYTES = 8;
/** SeekHead with its own head, its checksum and five entries of at most 23 bytes. */
const SEEK_HEAD_MOST_BYTES = 160;
const DURATION_BYTES = 11;
const VOID_LEAST_BYTES = 2;

/** A whole Cluster element. */
export interface Clip {
  readonly ticks: number;
  /** The time behind its last frame. */
  readonly endTicks: number;
  /** A frame of it to seek to, where there is one. */
  readonly cue: { readonly ticks: number; readonly track: number } | undefined;
  /** The events in it. */
  readonly events: readonly Required<Omit<Cue, 'clusterAt'>>[];
  readonly buffers: readonly Buffer[];
}

/** What stands before the clusters, but for SeekHead. */
export interface FileHead {
  /** The EBML header element. */
  readonly header: Buffer;
  readonly scaleNs: number;
  /** Info's children without Duration and checksum. */
  readonly info: readonly Buffer[];
  /** Whole elements by their identifiers: Tracks, Tags, Chapters. */
  readonly elements: readonly { readonly id: number; readonly bytes: Buffer }[];
}

export class MatroskaFile {
  readonly #fs: RecordingFs;
  readonly #fd: number;
  readonly #headBytes: number;
  readonly #scaleNs: number;
  readonly #cues: Cue[] = [];
  #cuedTicks = -Infinity;
  /** The last two writes; the disk is never without one while clusters come fast enough. */
  #pending: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()];
  #at: number;
  #endTicks = 0;

  /** `headBytes`: room for the head. */
  constructor(fs: RecordingFs, fd: number, headBytes: number, scaleNs: number) {
    this.#fs = fs;
    this.#fd = fd;
    this.#headBytes = headBytes;
    this.#scaleNs = scaleNs;
    this.#at = headBytes;
  }

  /**
   * Resolves when the cluster before the last one is written: this one's buffers must stay until the
   * call after the next one, or until `settle`.
   */
  async add(clip: Clip): Promise<void> {
    const [oldest, last] = this.#pending;
    await oldest;
    this.#note(clip);
    const at = this.#at;
    this.#at += clip.buffers.reduce((sum, { length }) => sum + length, 0);
    const written = writeAll(this.#fs, this.#fd, clip.buffers, at);
    // It is awaited by a later call; until then a failure must not be called unhandled.
    void written.catch(() => undefined);
    this.#pending = [last, written];
  }

  /** Resolves when all that was added is written. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /**
   * Writes the index and the head. `leastTicks`: it is at least so long. Resolves with the file's size.
   */
  async end(head: FileHead, leastTicks = 0): Promise<number> {
    await this.settle();
    const segmentStart = head.header.length + SEGMENT_HEAD_BYTES;
    const cuesAt = this.#cues.length > 0 ? this.#at : undefined;
    if (cuesAt !== undefined) {
      const cues = encodeCues(this.#cues, segmentStart);
      await writeAll(this.#fs, this.#fd, [cues], cuesAt);
      this.#at += cues.length;
    }
    const duration = float('Duration', Math.max(leastTicks, this.#endTicks));
    const size = Buffer.concat([
      encodeId('Segment'),
      encodeSize(this.#at - segmentStart, SIZE_BYTES),
    ]);
    const info = checkedMaster('Info', [...head.info, duration]);
    const parts = [{ id: ELEMENTS.Info.id, bytes: info }, ...head.elements];
    const page = headPage(this.#headBytes, segmentStart, parts, cuesAt);
    await writeAll(this.#fs, this.#fd, [head.header, size, page], 0);
    return this.#at;
  }

  #note({ ticks, endTicks, cue, events }: Clip): void {
    const clusterAt = this.#at;
    this.#endTicks = Math.max(this.#endTicks, ticks, endTicks);
    const isNear = (ticks - this.#cuedTicks) * this.#scaleNs < CUE_EVERY_NS;
    if (cue !== undefined && !isNear && this.#cues.length < CUES_MOST) {
      this.#cuedTicks = Math.max(0, cue.ticks);
      this.#cues.push({ ticks: this.#cuedTicks, track: cue.track, clusterAt });
    }
    for (const event of events) {
      if (this.#cues.length >= CUES_MOST) return;
      this.#cues.push({ ...event, ticks: Math.max(0, event.ticks), clusterAt });
    }
  }
}

/** How much room a head takes at most, to begin the clusters behind it. */
export function headRoom({ header, info, elements }: FileHead): number {
  const all = [...info, ...elements.map(({ bytes }) => bytes)];
  const bytes = all.reduce((sum, { length }) => sum + length, header.length);
  const around = SEGMENT_HEAD_BYTES + SEEK_HEAD_MOST_BYTES + DURATION_BYTES;
  // Info's own head and checksum, and Void.
  return bytes + around + 2 * SEGMENT_HEAD_BYTES + VOID_LEAST_BYTES;
}

/** SeekHead and the parts, filled up to where the clusters begin. */
function headPage(
  headBytes: number,
  segmentStart: number,
  parts: FileHead['elements'],
  cuesAt: number | undefined,
): Buffer {
  const from = segmentStart + SEEK_HEAD_MOST_BYTES;
  const seeks = new Map<number, number>();
  let at = from;
  for (const { id, bytes } of parts) {
    if (!seeks.has(id)) seeks.set(id, at - segmentStart);
    at += bytes.length;
  }
  if (cuesAt !== undefined) seeks.set(ELEMENTS.Cues.id, cuesAt - segmentStart);
  const seekHead = checkedMaster(
    'SeekHead',
    [...seeks]
      .slice(0, 5)
      .map(([id, position]) =>
        master('Seek', [binary('SeekID', idBytes(id)), uinteger('SeekPosition', position)]),
      ),
  );
  return Buffer.concat([
    seekHead,
    voidOf(SEEK_HEAD_MOST_BYTES - seekHead.length),
    ...parts.map(({ bytes }) => bytes),
    voidOf(headBytes - at),
  ]);
}

/** An identifier of four bytes, as all have that stand directly in a Segment. */
export function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes;
}
