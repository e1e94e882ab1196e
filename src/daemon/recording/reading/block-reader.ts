/**
 * Turns blocks of one Matroska segment into items. Owns what a block of each track is, and what is too
 * large to be one; reads no file.
 */
import { limitsWith } from '../../../transport/limits.js';
import type { SoundFormat } from '../../../transport/stream-kind.js';
import { parseIndexLine } from '../frames-reader.js';
import type { IndexLine } from '../index-line.js';
import type { Block, Cluster } from './cluster.js';
import type { MatroskaHead } from './matroska-head.js';
import type { ReadWish, TimedItem } from './timed-item.js';
import type { TrackKind } from './track-kinds.js';
import { trackKinds } from './track-kinds.js';

const EVENT_MOST_BYTES = 64 * 1024;

export class BlockReader {
  /** By track number. */
  readonly kinds: ReadonlyMap<number, TrackKind>;
  readonly #scaleNs: number;
  readonly #startUs: number;
  readonly #wish: ReadWish;
  readonly #format: SoundFormat | undefined;
  readonly #mostBytes = limitsWith();

  /** `startUs`: the moment of timestamp 0, microseconds since the Unix epoch. */
  constructor(head: MatroskaHead, startUs: number, wish: ReadWish) {
    this.kinds = trackKinds(head);
    this.#scaleNs = head.scaleNs;
    this.#startUs = startUs;
    this.#wish = wish;
    this.#format = soundFormat(head, this.kinds);
  }

  /** The number of the track of that kind; undefined where there is none. */
  trackOf(kind: TrackKind): number | undefined {
    return [...this.kinds].find(([, each]) => each === kind)?.[0];
  }

  /** Of a moment, in units of the file's TimestampScale; not rounded. */
  ticksAt(atUs: number): number {
    return ((atUs - this.#startUs) * 1000) / this.#scaleNs;
  }

  usAt(ticks: number): number {
    return this.#startUs + Math.round((ticks * this.#scaleNs) / 1000);
  }

  /** As an item of `atUs`; undefined for what is not wanted, or nothing that can be read. */
  read(cluster: Pick<Cluster, 'bytes'>, block: Block, atUs: number): TimedItem | undefined {
    const kind = this.kinds.get(block.track);
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
