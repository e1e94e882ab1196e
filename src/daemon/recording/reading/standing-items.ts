/**
 * What stood at a moment in the middle of a Matroska segment: the newest picture of each kind, a stream
 * that was off, a hand that was up. Owns how far is looked back for each, and reads no more than that.
 */
import type { StreamKind } from '../../../transport/stream-kind.js';
import { STREAM_KINDS } from '../../../transport/stream-kind.js';
import type { RecordingFs } from '../recording-fs.js';
import { stands } from '../standing-states.js';
import type { BlockReader } from './block-reader.js';
import type { Block, Cluster } from './cluster.js';
import type { EventPlace } from './event-index.js';
import { eventAt, eventPlaces } from './event-index.js';
import { FileWindow } from './file-window.js';
import type { MatroskaHead } from './matroska-head.js';
import { walkSegment } from './segment-walk.js';
import type { TimedItem } from './timed-item.js';
import type { TrackKind } from './track-kinds.js';

/** To look at the heads of clusters, and at single events, only. */
const HOP_BYTES = 4096;
/** Clusters that are looked back at for what stood; half a second each, a segment has 1,200. */
const LOOK_BACK_MOST = 4000;
/** Of these, some 20 s, that sound is looked for in; what was said of it before is looked for alone. */
const SOUND_LOOK_BACK = 40;

/** What may stand at a moment. */
type Standing = TrackKind | 'hand';

export class StandingItems {
  readonly #fs: RecordingFs;
  readonly #file: FileWindow;
  readonly #head: MatroskaHead;
  readonly #reader: BlockReader;
  readonly #fromUs: number;
  readonly #fromTicks: number;
  readonly #signal: AbortSignal | undefined;

  /** `fromUs`: the moment, microseconds since the Unix epoch. */
  constructor(
    { fs, file, head }: { fs: RecordingFs; file: FileWindow; head: MatroskaHead },
    reader: BlockReader,
    fromUs: number,
    signal: AbortSignal | undefined,
  ) {
    this.#fs = fs;
    this.#file = file;
    this.#head = head;
    this.#reader = reader;
    this.#fromUs = fromUs;
    this.#fromTicks = reader.ticksAt(fromUs);
    this.#signal = signal;
  }

  /** Each as an item of that moment. Rejects with system errors and the signal's reason. */
  async *items(): AsyncGenerator<TimedItem, void> {
    const places = await this.#placesBefore();
    const open = new Set<Standing>(STREAM_KINDS.filter((kind) => this.#has(kind)));
    const absent = new Set<Standing>(STREAM_KINDS.filter((kind) => !this.#has(kind)));
    yield* this.#stoodIn(this.#head.firstCluster, absent);
    open.add('hand');
    for (const [back, at] of places.reverse().entries()) {
      // Sound that is on comes every 20 ms; who is silent for long is not looked for all the way.
      if (back === SOUND_LOOK_BACK && open.delete('audio')) yield* this.#saidBefore('audio');
      if (STREAM_KINDS.every((kind) => !open.has(kind))) break;
      yield* this.#stoodIn(at, open);
    }
    // No pictures are read for a hand alone.
    if (open.has('hand')) yield* this.#saidBefore('hand');
  }

  #has(kind: StreamKind): boolean {
    return this.#reader.trackOf(kind) !== undefined;
  }

  /** The last word on it until then, as the index tells; without one, what the segment's first lines say. */
  async *#saidBefore(what: 'audio' | 'hand'): AsyncGenerator<TimedItem, void> {
    const track = this.#reader.trackOf('events');
    if (track === undefined) return;
    const places = await eventPlaces(this.#file, this.#head, track);
    const before = places.filter(({ ticks }) => ticks <= this.#fromTicks);
    const at = places.length === 0 ? this.#head.firstCluster : await this.#lastOf(what, before);
    if (at !== undefined) yield* this.#stoodIn(at, new Set([what]));
  }

  /** The cluster of the newest event that says so, as long as it stands. */
  async #lastOf(
    what: 'audio' | 'hand',
    places: readonly EventPlace[],
  ): Promise<number | undefined> {
    // A stream's own state and the host's are two.
    const open = new Set(what === 'hand' ? ['hand'] : ['self', 'host']);
    const file = await FileWindow.open(this.#fs, this.#file.path, HOP_BYTES);
    try {
      for (const place of places.toReversed()) {
        this.#signal?.throwIfAborted();
        const found = await eventAt(file, place);
        const item = found === undefined ? undefined : this.#reader.read(found, found.block, 0);
        if (item?.type !== 'event') continue;
        const { event } = item;
        if (event.type !== 'hand' && event.type !== 'state') continue;
        if ((event.type === 'hand' ? 'hand' : event.kind) !== what) continue;
        const isNewest = open.delete(event.type === 'hand' ? 'hand' : event.by);
        if (isNewest && stands(event)) return place.clusterAt;
        if (open.size === 0) return undefined;
      }
      return undefined;
    } finally {
      await file.close();
    }
  }

  /** What a cluster tells of the open ones, which are taken off. */
  async *#stoodIn(at: number, open: Set<Standing>): AsyncGenerator<TimedItem, void> {
    const read = open.size === 0 ? undefined : await this.#clusterAt(at);
    if (read === undefined) return;
    for (const block of [...read.blocks].reverse()) {
      if (block.ticks > this.#fromTicks) continue;
      const item = this.#stood(read, block, open);
      if (item !== undefined) yield item;
    }
  }

  /** What a block tells of a stream, or the hand, that nothing newer told of, which is taken off the open ones. */
  #stood(cluster: Cluster, block: Block, open: Set<Standing>): TimedItem | undefined {
    const kind = this.#reader.kinds.get(block.track);
    if (kind !== undefined && open.delete(kind)) {
      return kind === 'audio' ? undefined : this.#reader.read(cluster, block, this.#fromUs);
    }
    if (kind !== 'events') return undefined;
    const item = this.#reader.read(cluster, block, this.#fromUs);
    if (item?.type !== 'event') return undefined;
    const { event } = item;
    if (event.type === 'hand') return open.delete('hand') && stands(event) ? item : undefined;
    if (event.type !== 'state' || !stands(event)) return undefined;
    return open.delete(event.kind) ? item : undefined;
  }

  /** Where the clusters up to then are; the newest ones, of which none is read. */
  async #placesBefore(): Promise<number[]> {
    const signal = this.#signal;
    const places: number[] = [];
    const hops = await FileWindow.open(this.#fs, this.#file.path, HOP_BYTES);
    try {
      const skip = (ticks: number, at: number): boolean => {
        if (ticks > this.#fromTicks) return false;
        places.push(at);
        if (places.length > LOOK_BACK_MOST) places.shift();
        return true;
      };
      const options = signal === undefined ? { skip } : { skip, signal };
      for await (const item of walkSegment(hops, this.#head, options)) {
        if (item.type === 'cluster') break;
      }
    } finally {
      await hops.close();
    }
    return places;
  }

  async #clusterAt(from: number): Promise<Cluster | undefined> {
    for await (const item of walkSegment(this.#file, this.#head, { from })) {
      return item.type === 'cluster' ? item.cluster : undefined;
    }
    return undefined;
  }
}
