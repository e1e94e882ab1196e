/**
 * The items of one Matroska segment in order of its clusters. Owns turning blocks into items, and what
 * stood when reading begins in the middle; damage is passed over.
 */
import type { SoundFormat, StreamKind } from '../../../transport/stream-kind.js';
import { STREAM_KINDS } from '../../../transport/stream-kind.js';
import { limitsWith } from '../../../transport/limits.js';
import { parseIndexLine } from '../frames-reader.js';
import type { IndexLine } from '../index-line.js';
import type { RecordingFs } from '../recording-fs.js';
import { stands } from '../standing-states.js';
import type { Block, Cluster } from './cluster.js';
import { FileWindow } from './file-window.js';
import type { MatroskaHead } from './matroska-head.js';
import { readMatroskaHead } from './matroska-head.js';
import type { Part } from './part.js';
import { walkSegment } from './segment-walk.js';
import type { ReadWish, TimedItem } from './timed-item.js';
import type { TrackKind } from './track-kinds.js';
import { trackKinds } from './track-kinds.js';

const STEP_BYTES = 1024 * 1024;
/** To look at the heads of clusters only. */
const HOP_BYTES = 4096;
/** Times of blocks are at most so far from their cluster's (RFC 9559, 10.1). */
const BLOCK_REACH_TICKS = 32_768;
/** Clusters that are looked back at for what stood; half a second each, a segment has 1,200. */
const LOOK_BACK_MOST = 4000;
/** Of these, some 20 s, that the last word on a sound may be in; else the segment's first lines say it, if any. */
const SOUND_LOOK_BACK = 40;
const EVENT_MOST_BYTES = 64 * 1024;

/** Rejects with system errors, and MEET_RECORDING_DAMAGED for what is no Matroska file. */
export async function* mkvItems(
  fs: RecordingFs,
  part: Part,
  wish: ReadWish = {},
): AsyncGenerator<TimedItem, void> {
  const file = await FileWindow.open(fs, part.path, STEP_BYTES);
  try {
    const head = await readMatroskaHead(file);
    const reader = new MkvItems(fs, file, head, part.startedAtUs, wish);
    yield* reader.items();
  } finally {
    await file.close();
  }
}

/** What may stand at a moment. */
type Standing = TrackKind | 'hand';

class MkvItems {
  readonly #fs: RecordingFs;
  readonly #file: FileWindow;
  readonly #head: MatroskaHead;
  readonly #startUs: number;
  readonly #wish: ReadWish;
  readonly #kinds: ReadonlyMap<number, TrackKind>;
  readonly #format: SoundFormat | undefined;
  readonly #mostBytes = limitsWith();

  constructor(
    fs: RecordingFs,
    file: FileWindow,
    head: MatroskaHead,
    startUs: number,
    wish: ReadWish,
  ) {
    this.#fs = fs;
    this.#file = file;
    this.#head = head;
    this.#startUs = startUs;
    this.#wish = wish;
    this.#kinds = trackKinds(head);
    this.#format = soundFormat(head, this.#kinds);
  }

  async *items(): AsyncGenerator<TimedItem, void> {
    const { fromUs, signal, onDamage } = this.#wish;
    const fromTicks = fromUs === undefined ? -Infinity : this.#ticksAt(fromUs);
    if (fromUs !== undefined && fromTicks > 0) yield* this.#standing(fromTicks, fromUs);
    const options = {
      ...(signal === undefined ? {} : { signal }),
      skip: (ticks: number) => ticks < fromTicks - BLOCK_REACH_TICKS,
    };
    let hasBegun = fromTicks <= 0;
    for await (const item of walkSegment(this.#file, this.#head, options)) {
      // How a crash leaves a file is no news, nor is what is damaged before what is wanted.
      if (item.type === 'damage' && hasBegun) {
        onDamage?.(`${item.words}; ${item.end - item.at} bytes are passed over`);
      }
      if (item.type !== 'cluster') continue;
      const { cluster } = item;
      hasBegun ||= cluster.ticks >= fromTicks;
      for (const block of cluster.blocks) {
        if (block.ticks < fromTicks) continue;
        const read = this.#read(cluster, block, this.#usAt(block.ticks));
        if (read !== undefined) yield read;
      }
      if (cluster.ticks >= fromTicks) yield { type: 'tick', atUs: this.#usAt(cluster.ticks) };
    }
    const { segmentEnd = 0 } = this.#head;
    const { sizeBytes } = this.#file;
    if (segmentEnd > sizeBytes) onDamage?.(`it is ${sizeBytes} bytes, and says ${segmentEnd}`);
  }

  #has(kind: StreamKind): boolean {
    return [...this.#kinds.values()].includes(kind);
  }

  #ticksAt(atUs: number): number {
    return ((atUs - this.#startUs) * 1000) / this.#head.scaleNs;
  }

  #usAt(ticks: number): number {
    return this.#startUs + Math.round((ticks * this.#head.scaleNs) / 1000);
  }

  /** What stood then: the newest picture of each kind, unless it was turned off, and that word then; a hand. */
  async *#standing(fromTicks: number, fromUs: number): AsyncGenerator<TimedItem, void> {
    const places = await this.#placesBefore(fromTicks);
    const first = this.#head.firstCluster;
    const open = new Set<Standing>(STREAM_KINDS.filter((kind) => this.#has(kind)));
    const absent = new Set<Standing>(STREAM_KINDS.filter((kind) => !this.#has(kind)));
    yield* this.#stoodIn(first, fromTicks, fromUs, absent);
    open.add('hand');
    for (const [back, at] of places.reverse().entries()) {
      // Sound that is on comes every 20 ms; who is silent for long is not looked for all the way.
      if (back === SOUND_LOOK_BACK && open.delete('audio')) {
        yield* this.#stoodIn(first, fromTicks, fromUs, new Set(['audio']));
      }
      if (STREAM_KINDS.every((kind) => !open.has(kind))) break;
      yield* this.#stoodIn(at, fromTicks, fromUs, open);
    }
    // Nobody is asked for a hand alone: that it was up when the segment began stands there.
    if (open.has('hand')) yield* this.#stoodIn(first, fromTicks, fromUs, new Set(['hand']));
  }

  /** What a cluster tells of the open ones, which are taken off. */
  async *#stoodIn(
    at: number,
    fromTicks: number,
    fromUs: number,
    open: Set<Standing>,
  ): AsyncGenerator<TimedItem, void> {
    const read = open.size === 0 ? undefined : await this.#clusterAt(at);
    if (read === undefined) return;
    for (const block of [...read.blocks].reverse()) {
      if (block.ticks > fromTicks) continue;
      const item = this.#stood(read, block, fromUs, open);
      if (item !== undefined) yield item;
    }
  }

  /** What a block tells of a stream, or the hand, that nothing newer told of, which is taken off the open ones. */
  #stood(
    cluster: Cluster,
    block: Block,
    fromUs: number,
    open: Set<Standing>,
  ): TimedItem | undefined {
    const kind = this.#kinds.get(block.track);
    if (kind !== undefined && open.delete(kind)) {
      return kind === 'audio' ? undefined : this.#read(cluster, block, fromUs);
    }
    if (kind !== 'events') return undefined;
    const item = this.#read(cluster, block, fromUs);
    if (item?.type !== 'event') return undefined;
    const { event } = item;
    if (event.type === 'hand') return open.delete('hand') && stands(event) ? item : undefined;
    if (event.type !== 'state' || !stands(event)) return undefined;
    return open.delete(event.kind) ? item : undefined;
  }

  /** Where the clusters up to then are; the newest ones, of which none is read. */
  async #placesBefore(fromTicks: number): Promise<number[]> {
    const { signal } = this.#wish;
    const places: number[] = [];
    const hops = await FileWindow.open(this.#fs, this.#file.path, HOP_BYTES);
    try {
      const skip = (ticks: number, at: number): boolean => {
        if (ticks > fromTicks) return false;
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

  #read(cluster: Cluster, block: Block, atUs: number): TimedItem | undefined {
    const kind = this.#kinds.get(block.track);
    if (kind === undefined || block.isLaced) return undefined;
    const bytes = cluster.bytes.subarray(block.start, block.end);
    if (kind === 'events') return this.#event(cluster.bytes, block, atUs);
    if (kind === 'audio') {
      const format = this.#format;
      if (this.#wish.sound === false || format === undefined || bytes.length === 0) {
        return undefined;
      }
      return { type: 'sound', atUs, pcm: bytes, format };
    }
    if (this.#wish.pictures === false || bytes.length > this.#mostBytes['jpeg-bytes']) {
      return undefined;
    }
    return { type: 'picture', kind, atUs, jpeg: bytes };
  }

  #event(bytes: Buffer, { addition }: Block, atUs: number): TimedItem | undefined {
    if (addition === undefined || addition.end - addition.start > EVENT_MOST_BYTES) {
      return undefined;
    }
    const event: IndexLine | undefined = parseIndexLine(
      bytes.toString('utf8', addition.start, addition.end),
    );
    return event === undefined ? undefined : { type: 'event', atUs, event };
  }
}

function soundFormat(
  { tracks }: MatroskaHead,
  kinds: ReadonlyMap<number, TrackKind>,
): SoundFormat | undefined {
  const track = tracks.find(({ number }) => kinds.get(number) === 'audio');
  if (track === undefined) return undefined;
  const { sampleRateHz, channels } = track;
  return { codec: 'pcm-s16le', sampleRateHz, channels };
}
