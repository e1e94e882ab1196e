/**
 * Reads a Matroska file from front to back and says what is wrong with it. Owns what counts as a
 * fault; changes nothing and decodes no picture.
 */
import type { RecordingFs } from '../recording-fs.js';
import { children, uintOf } from './ebml.js';
import { FileWindow } from './file-window.js';
import type { MatroskaHead } from './matroska-head.js';
import { readMatroskaHead } from './matroska-head.js';
import { ELEMENTS } from '../matroska/elements.js';
import { isOurSoftware } from '../our-segment.js';
import { noChecksum, ownHeadFaults } from './own-head.js';
import { walkSegment } from './segment-walk.js';

/** Read at a time. */
export const PASS_STEP_BYTES = 4 * 1024 * 1024;
/** Faults told of one file; further ones are counted. */
const FAULTS_MOST = 20;
/** Clusters whose places are kept, to hold the index against them: a week of one a second. */
const PLACES_MOST = 600_000;
const CUES_MOST_BYTES = 64 * 1024 * 1024;

export interface FileVerdict {
  readonly sizeBytes: number;
  readonly clusters: number;
  readonly frames: number;
  /** Clusters with a checksum that fits; the others have none. */
  readonly checkedClusters: number;
  /** What is wrong, one sentence each, in order; at most 20. */
  readonly faults: readonly string[];
  readonly faultsLeftOut: number;
  /**
   * The file ends within a cluster, or has no end: it was not closed. That alone is no fault of a file
   * that is still being written.
   */
  readonly isCut: boolean;
}

export interface PassOptions {
  /** Bytes read so far, of `sizeBytes`. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Rejects with system errors, and with MEET_RECORDING_DAMAGED for what is no Matroska file. */
export async function verifyFile(
  fs: RecordingFs,
  path: string,
  options: PassOptions = {},
): Promise<FileVerdict> {
  const file = await FileWindow.open(fs, path, PASS_STEP_BYTES);
  try {
    const pass = new VerifyPass(file, await readMatroskaHead(file));
    return await pass.run(options);
  } finally {
    await file.close();
  }
}

class VerifyPass {
  readonly #file: FileWindow;
  readonly #head: MatroskaHead;
  readonly #isOurs: boolean;
  readonly #faults: string[] = [];
  readonly #places = new Set<number>();
  readonly #cues: { readonly at: number; readonly end: number }[] = [];
  #leftOut = 0;
  #clusters = 0;
  #frames = 0;
  #checked = 0;
  #isCut = false;

  constructor(file: FileWindow, head: MatroskaHead) {
    this.#file = file;
    this.#head = head;
    this.#isOurs = isOurSoftware(head.writingApp);
  }

  async run({ onProgress, signal }: PassOptions): Promise<FileVerdict> {
    const { sizeBytes } = this.#file;
    for (const fault of this.#head.faults) this.#fault(fault);
    for (const fault of await ownHeadFaults(this.#file, this.#head)) this.#fault(fault);
    const options = signal === undefined ? {} : { signal };
    for await (const item of walkSegment(this.#file, this.#head, options)) {
      if (item.type === 'cluster') {
        const { cluster } = item;
        this.#clusters += 1;
        this.#frames += cluster.blocks.length;
        if (cluster.checksum === 'good') this.#checked += 1;
        else if (this.#isOurs) this.#fault(noChecksum('cluster', cluster.at));
        if (this.#places.size < PLACES_MOST) this.#places.add(cluster.at);
        onProgress?.(cluster.end);
      } else if (item.type === 'element') {
        if (item.checksum === 'bad') {
          this.#fault(`the checksum of the element at byte ${item.at} does not fit`);
        } else if (item.checksum === 'none' && this.#isOurs && item.id !== ELEMENTS.Void.id) {
          this.#fault(noChecksum('element', item.at));
        }
        if (item.id === ELEMENTS.Cues.id) this.#cues.push(item);
        onProgress?.(item.end);
      } else {
        this.#damage(item.type, item.words, item.end - item.at);
        onProgress?.(item.end);
      }
    }
    await this.#end();
    return {
      ...{ sizeBytes, clusters: this.#clusters, frames: this.#frames },
      checkedClusters: this.#checked,
      ...{ faults: this.#faults, faultsLeftOut: this.#leftOut, isCut: this.#isCut },
    };
  }

  #damage(type: 'damage' | 'cut', words: string, bytes: number): void {
    if (type === 'cut') this.#isCut = true;
    this.#fault(`${words}; ${bytes} bytes cannot be read`);
  }

  async #end(): Promise<void> {
    const { segmentEnd, durationUs } = this.#head;
    const { sizeBytes } = this.#file;
    if (segmentEnd === undefined || durationUs === undefined) this.#isCut = true;
    if (segmentEnd !== undefined && segmentEnd > sizeBytes && !this.#isCut) {
      this.#isCut = true;
      this.#fault(`the recording ends at byte ${segmentEnd}, the file at ${sizeBytes}`);
    }
    if (segmentEnd !== undefined && segmentEnd < sizeBytes) {
      this.#fault(`${sizeBytes - segmentEnd} bytes stand behind its end at byte ${segmentEnd}`);
    }
    if (this.#clusters < PLACES_MOST) for (const cues of this.#cues) await this.#checkCues(cues);
  }

  /** Each entry of the index must point at a cluster. */
  async #checkCues({ at, end }: { readonly at: number; readonly end: number }): Promise<void> {
    if (end - at > CUES_MOST_BYTES) return;
    const bytes = await this.#file.view(at, end - at);
    let wrong = 0;
    for (const cues of children(bytes, 0, bytes.length)) {
      for (const point of children(bytes, cues.start, cues.end)) {
        if (point.id !== ELEMENTS.CuePoint.id) continue;
        for (const positions of children(bytes, point.start, point.end)) {
          if (positions.id !== ELEMENTS.CueTrackPositions.id) continue;
          const place = [...children(bytes, positions.start, positions.end)]
            .filter(({ id }) => id === ELEMENTS.CueClusterPosition.id)
            .map((element) => uintOf(bytes, element) ?? -1)[0];
          if (place === undefined || !this.#places.has(this.#head.segmentStart + place)) wrong += 1;
        }
      }
    }
    if (wrong > 0) this.#fault(`entries of its index that point at no cluster: ${wrong}`);
  }

  #fault(words: string): void {
    if (this.#faults.length < FAULTS_MOST) this.#faults.push(words);
    else this.#leftOut += 1;
  }
}
