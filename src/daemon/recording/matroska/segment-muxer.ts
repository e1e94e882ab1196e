/**
 * One segment as it grows: turns blocks with wall-clock times into Clusters, and keeps what its end
 * needs. Owns timestamps that grow, where Clusters begin, Cues and the duration; touches no disk.
 *
 *   append(blocks) ──> what to write ──(it is on disk)──> written(it) ──> ... ──> end(counts)
 */
import type { PictureSize } from '../../../transport/jpeg-header.js';
import type { PictureKind, SoundFormat } from '../../../transport/stream-kind.js';
import type { Block, EventBlock, MediaBlock } from './cluster.js';
import { EVENT_SHOWN_MS, MOST_RELATIVE_MS, encodeCluster } from './cluster.js';
import type { SegmentIdentity } from './head-page.js';
import type { Cue } from './cues.js';
import { encodeCues } from './cues.js';
import { HEAD_BYTES, SEGMENT_DATA_AT, encodeHead } from './head-page.js';
import type { TrackCounts } from './segment-tail.js';
import { encodeCountTags } from './segment-tail.js';
import type { TrackFormats, TrackKind } from './tracks.js';
import { TRACK_NUMBER } from './tracks.js';

type Timed<T extends Block> = Omit<T, 'atMs'> & {
  /** Microseconds since the Unix epoch, daemon's clock. */
  readonly atUs: number;
};

export type TimedBlock = Timed<MediaBlock> | Timed<EventBlock>;

/** What is to be written at the end of the file. */
export interface SegmentAppend {
  readonly buffers: readonly Buffer[];
  readonly bytes: number;
  readonly cues: readonly Cue[];
  /** Those that have a block in it. */
  readonly tracks: ReadonlySet<TrackKind>;
}

/** What is to be written to end a segment: `tail` at the end, then `head` in place of the page. */
export interface SegmentClosing {
  readonly tail: readonly Buffer[];
  readonly head: Buffer;
}

/** A Cluster spans at most so much, in ms. */
const CLUSTER_MOST_MS = 1000;
const CUE_EVERY_MS = 2000;
const US_PER_MS = 1000;

export class SegmentMuxer {
  readonly #identity: SegmentIdentity;
  #formats: TrackFormats = {};
  #fileBytes = HEAD_BYTES;
  #clusterMs = 0;
  #durationMs = 0;
  readonly #lastMs = new Map<TrackKind, number>();
  readonly #written = new Set<TrackKind>();
  readonly #cues: Cue[] = [];

  constructor(identity: SegmentIdentity) {
    this.#identity = identity;
  }

  /** The file's length once all that was given to `written` is in it. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  /** Milliseconds from its start to the end of what it holds. */
  get durationMs(): number {
    return this.#durationMs;
  }

  get formats(): TrackFormats {
    return this.#formats;
  }

  /** The page to begin the file with, or to write again once a track was added. */
  head(): Buffer {
    return encodeHead(this.#identity, this.#formats);
  }

  /** True when the track is new, and the head must be written before its first block. */
  addTrack(track: PictureKind, format: PictureSize): boolean;
  addTrack(track: 'audio', format: SoundFormat): boolean;
  addTrack(track: 'events', format: true): boolean;
  addTrack(track: TrackKind, format: PictureSize | SoundFormat | true): boolean {
    if (this.#formats[track] !== undefined) return false;
    this.#formats = { ...this.#formats, [track]: format };
    return true;
  }

  /** Something is known to have been shown or said until then, though no block tells. */
  reach(atUs: number): void {
    this.#durationMs = Math.max(this.#durationMs, this.#toMs(atUs));
  }

  /**
   * One append of one Cluster or more. Blocks may come in any order. Without any, a Cluster that says
   * how far the segment reaches.
   */
  append(blocks: readonly TimedBlock[]): SegmentAppend {
    const timed = blocks.map((block) => this.#onTimeline(block));
    timed.sort((one, other) => one.atMs - other.atMs);
    const buffers: Buffer[] = [];
    const cues: Cue[] = [];
    let bytes = 0;
    for (const group of timed.length === 0 ? [[]] : clusterGroups(timed)) {
      const timestampMs = this.#clusterTimestamp(group);
      const clusterAt = this.#fileBytes + bytes;
      const cue = this.#cueFor(group, timestampMs, clusterAt, cues);
      if (cue !== undefined) cues.push(cue);
      const cluster = encodeCluster(timestampMs, group);
      for (const { atMs, relativeAt } of cluster.events) {
        const event = { relativeAt, durationTicks: EVENT_SHOWN_MS };
        cues.push({ ticks: atMs, track: TRACK_NUMBER.events, clusterAt, event });
      }
      buffers.push(...cluster.buffers);
      bytes += cluster.bytes;
    }
    return { buffers, bytes, cues, tracks: new Set(timed.map(({ track }) => track)) };
  }

  /** `append` is in the file. */
  written(append: SegmentAppend): void {
    this.#fileBytes += append.bytes;
    this.#cues.push(...append.cues);
    for (const track of append.tracks) this.#written.add(track);
  }

  /** The end with Cues and what was counted; with neither when `counts` is left out. */
  end(counts?: TrackCounts): SegmentClosing {
    const durationMs = this.#durationMs;
    const at = this.#fileBytes;
    const formats = this.#writtenFormats();
    if (counts === undefined) {
      const end = { durationMs, fileBytes: at, cuesAt: undefined, tagsAt: undefined };
      return { tail: [], head: encodeHead(this.#identity, formats, end) };
    }
    const cues = encodeCues(this.#cues, SEGMENT_DATA_AT);
    const tags =
      this.#written.size === 0 ? Buffer.alloc(0) : encodeCountTags(this.#written, counts);
    const end = {
      durationMs,
      fileBytes: at + cues.length + tags.length,
      cuesAt: cues.length === 0 ? undefined : at,
      tagsAt: tags.length === 0 ? undefined : at + cues.length,
    };
    return { tail: [cues, tags], head: encodeHead(this.#identity, formats, end) };
  }

  /** Without tracks of which no block was written: no program can tell how to decode those. */
  #writtenFormats(): TrackFormats {
    return Object.fromEntries(
      Object.entries(this.#formats).filter(([track]) =>
        [...this.#written].some((one) => one === track),
      ),
    );
  }

  #toMs(atUs: number): number {
    return Math.max(0, Math.round((atUs - this.#identity.startedAtUs) / US_PER_MS));
  }

  #onTimeline({ atUs, ...block }: TimedBlock): Block {
    const lastMs = this.#lastMs.get(block.track) ?? -1;
    const atMs = Math.max(this.#toMs(atUs), lastMs + 1);
    this.#lastMs.set(block.track, atMs);
    if (block.track !== 'events') {
      this.#durationMs = Math.max(this.#durationMs, atMs + this.#soundMs(block));
    }
    return { ...block, atMs };
  }

  #soundMs({ track, payload }: Pick<MediaBlock, 'track' | 'payload'>): number {
    const { audio } = this.#formats;
    if (track !== 'audio' || audio === undefined) return 0;
    return (payload.length / (audio.channels * 2) / audio.sampleRateHz) * 1000;
  }

  /** Clusters' times never go back, as long as a late block can be told from the one before it. */
  #clusterTimestamp(group: readonly Block[]): number {
    const firstMs = group[0]?.atMs ?? Math.round(this.#durationMs);
    const wellBefore = firstMs < this.#clusterMs - MOST_RELATIVE_MS;
    const timestampMs = wellBefore ? firstMs : Math.max(firstMs, this.#clusterMs);
    this.#clusterMs = Math.max(this.#clusterMs, timestampMs);
    return timestampMs;
  }

  #cueFor(
    group: readonly Block[],
    timestampMs: number,
    clusterAt: number,
    newest: readonly Cue[],
  ): Cue | undefined {
    const before = newest.findLast(isOfMedia) ?? this.#cues.findLast(isOfMedia);
    if (before !== undefined && timestampMs < before.ticks + CUE_EVERY_MS) return undefined;
    const { screen, video, audio } = this.#formats;
    const track = screen ? 'screen' : video ? 'video' : audio ? 'audio' : undefined;
    const first =
      group.find((block) => block.track === track) ??
      group.find(({ track: kind }) => kind !== 'events');
    if (first === undefined) return undefined;
    return { ticks: first.atMs, track: TRACK_NUMBER[first.track], clusterAt };
  }
}

function isOfMedia({ track }: Cue): boolean {
  return track !== TRACK_NUMBER.events;
}

/** Blocks in order of time, parted where a Cluster would become too long. */
function clusterGroups(blocks: readonly Block[]): Block[][] {
  const groups: Block[][] = [];
  let startMs = -Infinity;
  for (const block of blocks) {
    if (block.atMs - startMs >= CLUSTER_MOST_MS) {
      groups.push([]);
      startMs = block.atMs;
    }
    groups.at(-1)?.push(block);
  }
  return groups;
}
