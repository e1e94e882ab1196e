/**
 * Walks the clusters of a Matroska file from front to back. Owns telling whole clusters from damaged
 * ones, and finding the next whole one behind damage: the Cluster identifier, and behind it a cluster
 * whose checksum fits, or whose elements do where it has none. Decides nothing about what is kept.
 *
 *   cluster, cluster, element, damage (from, to), cluster, …, cut (from, to the file's end)
 */
import type { Block, Cluster } from './cluster.js';
import { clusterTicks, readBlocks, readCluster } from './cluster.js';
import type { Checksum, ElementHead } from './ebml.js';
import { CRC_ELEMENT_BYTES, HEAD_MOST_BYTES, ID_CRC32, checksumOf, readHead } from './ebml.js';
import type { FileWindow } from './file-window.js';
import { WINDOW_MOST_BYTES } from './file-window.js';
import type { MatroskaHead } from './matroska-head.js';
import { ELEMENTS } from '../matroska/elements.js';
import { isOurSoftware } from '../our-segment.js';
import { TOP_LEVEL } from './top-level.js';

/** Searched for the next cluster at a time. */
const SEARCH_BYTES = 1024 * 1024;
/** Cluster's head, checksum, and the head and data of its time. */
const CLUSTER_START_BYTES = HEAD_MOST_BYTES + CRC_ELEMENT_BYTES + 2 * HEAD_MOST_BYTES;
/** Elements that are no clusters are read, for their checksum, up to this size. */
const ELEMENT_MOST_BYTES = 16 * 1024 * 1024;
/**
 * What may be read in vain behind damage, beside the file's size: a file made to be searched for ever
 * has a false start every few bytes.
 */
const VAIN_BYTES = 256 * 1024 * 1024;

export type WalkItem =
  | { readonly type: 'cluster'; readonly cluster: Cluster }
  /** Cues, tags and others between clusters or behind them. */
  | {
      readonly type: 'element';
      readonly id: number;
      readonly at: number;
      readonly end: number;
      readonly checksum: Checksum;
    }
  | Damage;

/** Bytes that are no whole cluster. `cut`: up to the file's end, as a crash leaves it. */
export interface Damage {
  readonly type: 'damage' | 'cut';
  readonly at: number;
  readonly end: number;
  readonly words: string;
  /** Frames whose heads can be made out in there; what came behind them is not known. */
  readonly frames: number;
  /** A cut cluster's beginning: its time, its whole blocks, and the bytes that they are in. */
  readonly rest?: {
    readonly ticks: number;
    readonly blocks: readonly Block[];
    readonly bytes: Buffer;
  };
}

export interface WalkOptions {
  /** Where to begin; the first cluster by default. */
  readonly from?: number;
  /** Clusters whose time makes this true are passed over unread. */
  readonly skip?: (ticks: number, at: number) => boolean;
  readonly signal?: AbortSignal;
}

/** Rejects with system errors and the signal's reason; whatever is in the file gives an item. */
export async function* walkSegment(
  file: FileWindow,
  head: MatroskaHead,
  options: WalkOptions = {},
): AsyncGenerator<WalkItem, void> {
  const walk = new Walk(file, head, options.signal);
  let at = options.from ?? head.firstCluster;
  const end = walk.end;
  while (at < end) {
    options.signal?.throwIfAborted();
    const skipped = options.skip === undefined ? undefined : await walk.skip(at, options.skip);
    if (skipped !== undefined) {
      at = skipped;
      continue;
    }
    const item = await walk.read(at);
    yield item;
    at = item.type === 'cluster' ? item.cluster.end : item.end;
  }
}

class Walk {
  /**
   * Where the Segment ends, or the file where it does earlier. Nothing stands behind a Segment of ours: where
   * it says so, a bit of its size has changed.
   */
  readonly end: number;
  readonly #file: FileWindow;
  readonly #isOurs: boolean;
  readonly #signal: AbortSignal | undefined;
  #vainBytes = 0;

  constructor(file: FileWindow, head: MatroskaHead, signal: AbortSignal | undefined) {
    this.#file = file;
    this.#signal = signal;
    const { segmentEnd = Infinity, writingApp } = head;
    this.#isOurs = isOurSoftware(writingApp);
    this.end = this.#isOurs ? file.sizeBytes : Math.min(segmentEnd, file.sizeBytes);
  }

  /** Where the next element is, if the one at `at` is a cluster that is not wanted. */
  async skip(
    at: number,
    unwanted: (ticks: number, at: number) => boolean,
  ): Promise<number | undefined> {
    const start = await this.#file.view(at, CLUSTER_START_BYTES);
    const head = readHead(start, 0);
    if (head?.id !== ELEMENTS.Cluster.id || head.dataBytes === undefined) return undefined;
    const end = at + head.headBytes + head.dataBytes;
    const ticks = clusterTicks(start, head.headBytes);
    return end <= this.end && ticks !== undefined && unwanted(ticks, at) ? end : undefined;
  }

  async read(at: number): Promise<WalkItem> {
    const head = readHead(await this.#file.view(at, HEAD_MOST_BYTES), 0);
    if (head === undefined || !TOP_LEVEL.has(head.id)) {
      return this.#damage(at, `there is no element at byte ${at}`);
    }
    // Behind the head ours have none: whatever has become one may hold clusters.
    if (this.#isOurs && head.id === ELEMENTS.Void.id) {
      return this.#damage(at, `there is a Void at byte ${at}`);
    }
    const dataBytes = head.dataBytes ?? (await this.#unknownBytes(at + head.headBytes));
    const bytes = head.headBytes + dataBytes;
    if (at + bytes > this.end) {
      const words = `the element at byte ${at} ends at ${at + bytes}, the file at ${this.end}`;
      return this.#damage(at, words);
    }
    if (head.id !== ELEMENTS.Cluster.id) return await this.#element(at, head, dataBytes);
    if (bytes > WINDOW_MOST_BYTES) {
      return this.#damage(
        at,
        `the cluster at byte ${at} is ${bytes} bytes, limit is ${WINDOW_MOST_BYTES}`,
      );
    }
    const cluster = readCluster(await this.#file.view(at, bytes), at, head.headBytes);
    if (typeof cluster === 'string') return this.#damage(at, cluster);
    return { type: 'cluster', cluster };
  }

  async #element(at: number, head: ElementHead, dataBytes: number): Promise<WalkItem> {
    const end = at + head.headBytes + dataBytes;
    let checksum: Checksum = 'none';
    if (head.id !== ELEMENTS.Void.id && dataBytes <= ELEMENT_MOST_BYTES) {
      const data = await this.#file.view(at + head.headBytes, dataBytes);
      checksum = checksumOf(data, 0, data.length);
    }
    return { type: 'element', id: head.id, at, end, checksum };
  }

  /** The size of a cluster that does not say it: up to the next element that belongs in a Segment. */
  async #unknownBytes(start: number): Promise<number> {
    let at = start;
    while (at < this.end && at - start <= WINDOW_MOST_BYTES) {
      const head = readHead(await this.#file.view(at, HEAD_MOST_BYTES), 0);
      if (head?.dataBytes === undefined) break;
      if (TOP_LEVEL.has(head.id) && head.id !== ID_CRC32 && head.id !== ELEMENTS.Void.id) break;
      if (at + head.headBytes + head.dataBytes > this.end) break;
      at += head.headBytes + head.dataBytes;
    }
    return at - start;
  }

  /** What begins with damage at `at`: up to the next whole cluster, or to the end. */
  async #damage(at: number, words: string): Promise<Damage> {
    const next = await this.#findCluster(at + 1);
    if (next !== undefined) {
      return { type: 'damage', at, end: next, words, frames: await this.#framesIn(at, next) };
    }
    const rest = await this.#rest(at);
    const frames = rest === undefined ? 0 : rest.frames;
    const cut = { type: 'cut', at, end: this.end, words, frames } as const;
    return rest === undefined ? cut : { ...cut, rest };
  }

  /** Where the next whole cluster begins, from `from` on. */
  async #findCluster(from: number): Promise<number | undefined> {
    let at = from;
    while (at < this.end) {
      // Zeros may go on for as much as a disk holds.
      this.#signal?.throwIfAborted();
      const bytes = await this.#file.view(at, SEARCH_BYTES);
      const found = bytes.indexOf(CLUSTER_ID);
      if (found >= 0) {
        if (await this.#isCluster(at + found)) return at + found;
        at += found + 1;
      } else {
        if (bytes.length < SEARCH_BYTES) return undefined;
        at += bytes.length - CLUSTER_ID.length + 1;
      }
    }
    return undefined;
  }

  async #isCluster(at: number): Promise<boolean> {
    const head = readHead(await this.#file.view(at, HEAD_MOST_BYTES), 0);
    if (head?.dataBytes === undefined) return false;
    const bytes = head.headBytes + head.dataBytes;
    if (at + bytes > this.end || bytes > WINDOW_MOST_BYTES) return false;
    const start = await this.#file.view(at, Math.min(bytes, CLUSTER_START_BYTES));
    if (clusterTicks(start, head.headBytes) === undefined) return false;
    if (this.#vainBytes > this.#file.sizeBytes + VAIN_BYTES) return false;
    if (typeof readCluster(await this.#file.view(at, bytes), at, head.headBytes) !== 'string') {
      return true;
    }
    this.#vainBytes += bytes;
    return false;
  }

  async #framesIn(at: number, end: number): Promise<number> {
    const bytes = await this.#file.view(at, Math.min(end - at, WINDOW_MOST_BYTES));
    const head = readHead(bytes, 0);
    if (head?.id !== ELEMENTS.Cluster.id) return 0;
    return readBlocks(bytes, head.headBytes, bytes.length).blocks.length;
  }

  async #rest(at: number): Promise<(Damage['rest'] & { frames: number }) | undefined> {
    const length = Math.min(this.end - at, WINDOW_MOST_BYTES);
    const bytes = await this.#file.view(at, length);
    const head = readHead(bytes, 0);
    // Only a cluster that the file's end cuts: of one that is whole and wrong nothing can be trusted.
    if (head?.id !== ELEMENTS.Cluster.id) return undefined;
    const { ticks, blocks } = readBlocks(bytes, head.headBytes, bytes.length);
    const isCut = head.headBytes + (head.dataBytes ?? length) > length;
    if (ticks === undefined) return undefined;
    return { ticks, blocks: isCut ? blocks : [], bytes, frames: blocks.length };
  }
}

const CLUSTER_ID = Buffer.from('1f43b675', 'hex');
