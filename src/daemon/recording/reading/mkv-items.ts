/**
 * The items of one Matroska segment in order of its clusters, from any moment on. Owns that order, and
 * what is told of damage, which is passed over.
 */
import type { RecordingFs } from '../recording-fs.js';
import { BlockReader } from './block-reader.js';
import { FileWindow } from './file-window.js';
import type { MatroskaHead } from './matroska-head.js';
import { readMatroskaHead } from './matroska-head.js';
import type { Part } from './part.js';
import { walkSegment } from './segment-walk.js';
import { StandingItems } from './standing-items.js';
import type { ReadWish, TimedItem } from './timed-item.js';

const STEP_BYTES = 1024 * 1024;
/** Times of blocks are at most so far from their cluster's (RFC 9559, 10.1). */
const BLOCK_REACH_TICKS = 32_768;

/** Rejects with system errors, and MEET_RECORDING_DAMAGED for what is no Matroska file. */
export async function* mkvItems(
  fs: RecordingFs,
  part: Part,
  wish: ReadWish = {},
): AsyncGenerator<TimedItem, void> {
  const file = await FileWindow.open(fs, part.path, STEP_BYTES);
  try {
    const head = await readMatroskaHead(file);
    yield* new MkvItems({ fs, file, head }, part.startedAtUs, wish).items();
  } finally {
    await file.close();
  }
}

interface Source {
  readonly fs: RecordingFs;
  readonly file: FileWindow;
  readonly head: MatroskaHead;
}

class MkvItems {
  readonly #source: Source;
  readonly #reader: BlockReader;
  readonly #wish: ReadWish;

  constructor(source: Source, startUs: number, wish: ReadWish) {
    this.#source = source;
    this.#reader = new BlockReader(source.head, startUs, wish);
    this.#wish = wish;
  }

  async *items(): AsyncGenerator<TimedItem, void> {
    const { file, head } = this.#source;
    const { fromUs, signal, onDamage } = this.#wish;
    const fromTicks = fromUs === undefined ? -Infinity : this.#reader.ticksAt(fromUs);
    if (fromUs !== undefined && fromTicks > 0) {
      yield* new StandingItems(this.#source, this.#reader, fromUs, signal).items();
    }
    const options = {
      ...(signal === undefined ? {} : { signal }),
      skip: (ticks: number) => ticks < fromTicks - BLOCK_REACH_TICKS,
    };
    let hasBegun = fromTicks <= 0;
    for await (const item of walkSegment(file, head, options)) {
      // How a crash leaves a file is no news, nor is what is damaged before what is wanted.
      if (item.type === 'damage' && hasBegun) {
        onDamage?.(`${item.words}; ${item.end - item.at} bytes are passed over`);
      }
      if (item.type !== 'cluster') continue;
      const { cluster } = item;
      hasBegun ||= cluster.ticks >= fromTicks;
      for (const block of cluster.blocks) {
        if (block.ticks < fromTicks) continue;
        const read = this.#reader.read(cluster, block, this.#reader.usAt(block.ticks));
        if (read !== undefined) yield read;
      }
      if (cluster.ticks >= fromTicks)
        yield { type: 'tick', atUs: this.#reader.usAt(cluster.ticks) };
    }
    const { segmentEnd = 0 } = head;
    const { sizeBytes } = file;
    if (segmentEnd > sizeBytes) onDamage?.(`it is ${sizeBytes} bytes, and says ${segmentEnd}`);
  }
}
