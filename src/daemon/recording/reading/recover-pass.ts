/**
 * One walk through a cut or damaged file for the whole one that is made of it: the clusters that are
 * whole, as they are, and of a cut one its first blocks. Owns what is kept and the counts of what is
 * lost; opens and names no file.
 */
import { MeetError } from '../../../transport/errors.js';
import { checkedMaster, uinteger } from '../matroska/ebml.js';
import { isOurSoftware } from '../our-segment.js';
import type { Block, Cluster } from './cluster.js';
import { readBlocks } from './cluster.js';
import { readHead } from './ebml.js';
import type { FileWindow } from './file-window.js';
import type { Clip, FileHead, MatroskaFile } from './matroska-file.js';
import type { MatroskaHead, MatroskaTrack } from './matroska-head.js';
import { noChecksum } from './own-head.js';
import type { Damage } from './segment-walk.js';
import { walkSegment } from './segment-walk.js';
import type { PassOptions } from './verify-file.js';
import { isWholeJpeg } from './whole-jpeg.js';

export interface RecoveredCounts {
  /** Of the new file. */
  readonly sizeBytes: number;
  readonly framesKept: number;
  readonly secondsKept: number;
  /** Frames whose heads could be made out in what is lost; there may have been more. */
  readonly framesLost: number;
  /** Between what is kept on both sides; what was lost behind the last of it cannot be known. */
  readonly secondsLost: number;
  readonly bytesLost: number;
  /** What was wrong, one sentence each; at most 20. */
  readonly faults: readonly string[];
}

const FAULTS_MOST = 20;
/** RFC 9559, 5.1.4.1.3. */
const TYPE_SUBTITLE = 17;

/** For one file, once. */
export class RecoverPass {
  readonly #file: FileWindow;
  readonly #head: MatroskaHead;
  readonly #out: MatroskaFile;
  readonly #newHead: FileHead;
  readonly #tracks: ReadonlyMap<number, MatroskaTrack>;
  readonly #faults: string[] = [];
  #framesKept = 0;
  #framesLost = 0;
  #bytesLost = 0;
  #ticksLost = 0;
  #firstTicks: number | undefined;
  #lastTicks = 0;
  /** Something is lost since the last cluster that was kept. */
  #isBroken = false;

  constructor(file: FileWindow, head: MatroskaHead, out: MatroskaFile, newHead: FileHead) {
    this.#newHead = newHead;
    this.#file = file;
    this.#head = head;
    this.#out = out;
    this.#tracks = new Map(head.tracks.map((track) => [track.number, track]));
  }

  /**
   * Rejects with MEET_RECORDING_DAMAGED when no frame is whole, with system errors of reading and
   * writing, with the signal's reason.
   */
  async run({ onProgress, signal }: PassOptions): Promise<RecoveredCounts> {
    for (const fault of this.#head.faults) this.#fault(fault);
    const options = signal === undefined ? {} : { signal };
    for await (const item of walkSegment(this.#file, this.#head, options)) {
      if (item.type === 'cluster') {
        this.#keep(item.cluster);
        // The one before is written while this one was read.
        await this.#out.add(this.#clipOf(item.cluster, this.#checked(item.cluster)));
        onProgress?.(item.cluster.end);
      } else {
        await this.#out.settle();
        if (item.type !== 'element') await this.#lose(item);
        onProgress?.(item.end);
      }
    }
    await this.#out.settle();
    if (this.#framesKept === 0) {
      throw new MeetError(
        'MEET_RECORDING_DAMAGED',
        `${this.#file.path} holds no whole frame, so that there is nothing to recover`,
      );
    }
    const sizeBytes = await this.#out.end(this.#newHead);
    return { sizeBytes, ...this.#counts() };
  }

  #counts(): Omit<RecoveredCounts, 'sizeBytes'> {
    const seconds = (ticks: number): number => (ticks * this.#head.scaleNs) / 1e9;
    const span = this.#lastTicks - (this.#firstTicks ?? 0) - this.#ticksLost;
    return {
      framesKept: this.#framesKept,
      secondsKept: seconds(Math.max(0, span)),
      framesLost: this.#framesLost,
      secondsLost: seconds(this.#ticksLost),
      bytesLost: this.#bytesLost,
      faults: this.#faults,
    };
  }

  #keep({ ticks, blocks }: Pick<Cluster, 'ticks' | 'blocks'>): void {
    const times = blocks.map((block) => block.ticks);
    const first = times.reduce((least, each) => Math.min(least, each), times[0] ?? ticks);
    if (this.#isBroken) this.#ticksLost += Math.max(0, first - this.#lastTicks);
    this.#isBroken = false;
    this.#firstTicks ??= first;
    this.#framesKept += blocks.length;
    this.#lastTicks = Math.max(this.#lastTicks, this.#endTicks({ ticks, blocks }));
  }

  /** The last moment of which it tells. That words are shown for longer makes no recording longer. */
  #endTicks({ ticks, blocks }: Pick<Cluster, 'ticks' | 'blocks'>): number {
    return blocks.reduce((most, block) => {
      const lastsTicks = this.#isText(block.track) ? 0 : (block.durationTicks ?? 0);
      return Math.max(most, block.ticks + lastsTicks);
    }, ticks);
  }

  /** One of ours has a checksum; where that cannot be made out any more, its frames get a new one. */
  #checked({ at, ticks, blocks, bytes, checksum }: Cluster): Buffer {
    if (checksum === 'good' || !isOurSoftware(this.#head.writingApp)) return bytes;
    this.#fault(noChecksum('cluster', at));
    return clusterOf(ticks, elementsOf(bytes, blocks, blocks));
  }

  #clipOf(cluster: Pick<Cluster, 'ticks' | 'blocks'>, bytes: Buffer): Clip {
    const cue = cluster.blocks.find(({ isKey, track }) => isKey && !this.#isText(track));
    const events = cluster.blocks.some(({ track }) => this.#isText(track))
      ? this.#eventsIn(bytes)
      : [];
    const { ticks } = cluster;
    return { ticks, endTicks: this.#endTicks(cluster), cue, events, buffers: [bytes] };
  }

  #eventsIn(cluster: Buffer): Clip['events'] {
    const headBytes = readHead(cluster, 0)?.headBytes ?? 0;
    return readBlocks(cluster, headBytes, cluster.length)
      .blocks.filter(({ track }) => this.#isText(track))
      .map(({ ticks, track, elementAt, durationTicks = 0 }) => ({
        ...{ ticks, track },
        event: { relativeAt: elementAt - headBytes, durationTicks },
      }));
  }

  #isText(track: number): boolean {
    return this.#tracks.get(track)?.type === TYPE_SUBTITLE;
  }

  async #lose(damage: Damage): Promise<void> {
    const { rest } = damage;
    this.#fault(damage.words);
    this.#isBroken = true;
    const kept = rest === undefined ? [] : this.#trusted(rest.bytes, rest.blocks);
    this.#framesLost += damage.frames - kept.length;
    if (rest === undefined || kept.length === 0) {
      this.#bytesLost += damage.end - damage.at;
      return;
    }
    const whole = clusterOf(rest.ticks, elementsOf(rest.bytes, rest.blocks, kept));
    this.#bytesLost += Math.max(0, damage.end - damage.at - whole.length);
    this.#isBroken = false;
    const cluster = { ticks: rest.ticks, blocks: kept };
    this.#keep(cluster);
    await this.#out.add(this.#clipOf(cluster, whole));
    await this.#out.settle();
  }

  /** Of a cut cluster: the blocks up to the first picture that is no whole JPEG. */
  #trusted(bytes: Buffer, blocks: readonly Block[]): Block[] {
    const at = blocks.findIndex(
      ({ track, start, end }) =>
        this.#tracks.get(track)?.codec === 'V_MJPEG' && !isWholeJpeg(bytes.subarray(start, end)),
    );
    return blocks.slice(0, at < 0 ? blocks.length : at);
  }

  #fault(words: string): void {
    if (this.#faults.length < FAULTS_MOST) this.#faults.push(words);
  }
}

function clusterOf(ticks: number, blocks: Buffer): Buffer {
  return checkedMaster('Cluster', [uinteger('Timestamp', ticks), blocks]);
}

/** The elements of the first blocks, as they are. */
function elementsOf(bytes: Buffer, all: readonly Block[], kept: readonly Block[]): Buffer {
  const first = all[0]?.elementAt ?? 0;
  return bytes.subarray(first, Math.max(first, kept.at(-1)?.elementEnd ?? first));
}
