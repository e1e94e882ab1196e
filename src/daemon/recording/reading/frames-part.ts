/**
 * What is known of one folder of the frames format from both ends of its index. Owns these few reads;
 * checks no picture (frames-reader.ts does).
 */
import { join } from 'node:path';
import { asMeetError } from '../../../transport/errors.js';
import type { StreamKind } from '../../../transport/stream-kind.js';
import { STREAM_KINDS } from '../../../transport/stream-kind.js';
import { parseIndexLine } from '../frames-reader.js';
import type { IndexLine } from '../index-line.js';
import type { RecordingFs } from '../recording-fs.js';
import { FileWindow } from './file-window.js';
import type { Part } from './part.js';
import { OPEN_FOR_US } from './part.js';

const ENDS_BYTES = 64 * 1024;

export interface FramesPlace {
  readonly path: string;
  readonly roomFolder: string;
  readonly who: string;
  readonly startedAtUs: number;
  readonly meeting: string;
}

/** Never rejects: what cannot be read is damaged, and its words say why. */
export async function readFramesPart(
  fs: RecordingFs,
  place: FramesPlace,
  nowUs: number,
): Promise<Part> {
  const bare = {
    ...{ ...place, format: 'frames', room: place.roomFolder, participant: place.who },
    ...{ number: 1, isPinned: false, isSuspect: false, isRecovered: false, durationUs: 0 },
    ...{ sizeBytes: 0, modifiedAtUs: 0, kinds: [], state: 'damaged', words: '' },
  } as const satisfies Part;
  try {
    const { sizeBytes, indexes, kinds } = await contents(fs, place.path);
    const index = indexes.at(-1);
    if (index === undefined) return { ...bare, sizeBytes, words: 'it has no index' };
    const path = join(place.path, index);
    const modifiedAtUs = Math.round((await fs.lstat(path)).mtimeMs * 1000);
    const first = await endLines(fs, join(place.path, indexes[0] ?? index), 'start');
    const last = await endLines(fs, path, 'end');
    const start = first.find((line) => line.type === 'start');
    const startedAtUs = start?.startedAtUs ?? place.startedAtUs;
    const isEnded = last.at(-1)?.type === 'end';
    const isOpen = !isEnded && nowUs - modifiedAtUs < OPEN_FOR_US;
    const state = isEnded ? 'closed' : isOpen ? 'open' : 'damaged';
    return {
      ...bare,
      ...{ sizeBytes, modifiedAtUs, kinds, startedAtUs, state },
      durationUs: Math.max(0, lastTimeOf(last) - startedAtUs),
      words: state === 'damaged' ? 'it was cut off: its index has no end' : '',
      ...(start === undefined ? {} : { room: start.room, participant: start.participant }),
    };
  } catch (thrown) {
    return { ...bare, words: asMeetError(thrown).message };
  }
}

/** Sizes of all that is in the folder, and which indexes and kinds there are. */
async function contents(
  fs: RecordingFs,
  folder: string,
): Promise<{ sizeBytes: number; indexes: string[]; kinds: StreamKind[] }> {
  let sizeBytes = 0;
  const entries = await fs.readdir(folder);
  const kinds = new Set<StreamKind>();
  for (const entry of entries) {
    if (entry.isDirectory() && (entry.name === 'screen' || entry.name === 'video')) {
      const inner = await fs.readdir(join(folder, entry.name));
      if (inner.length > 0) kinds.add(entry.name);
      for (const picture of inner) {
        sizeBytes += (await fs.lstat(join(folder, entry.name, picture.name))).size;
      }
    } else if (entry.isFile()) {
      sizeBytes += (await fs.lstat(join(folder, entry.name))).size;
      if (/^audio-\d+\.wav$/.test(entry.name)) kinds.add('audio');
    }
  }
  const indexes = entries.map(({ name }) => name).filter((name) => /^index.*\.jsonl$/.test(name));
  indexes.sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
  return { sizeBytes, indexes, kinds: STREAM_KINDS.filter((kind) => kinds.has(kind)) };
}

/** The lines at one end of an index that are whole. */
async function endLines(fs: RecordingFs, path: string, end: 'start' | 'end'): Promise<IndexLine[]> {
  const file = await FileWindow.open(fs, path, ENDS_BYTES);
  try {
    const at = end === 'start' ? 0 : Math.max(0, file.sizeBytes - ENDS_BYTES);
    const texts = (await file.view(at, ENDS_BYTES)).toString('utf8').split('\n');
    // The first may begin in the middle; what follows the last newline is cut.
    return texts.slice(at === 0 ? 0 : 1, -1).flatMap((text) => parseIndexLine(text) ?? []);
  } finally {
    await file.close();
  }
}

function lastTimeOf(lines: readonly IndexLine[]): number {
  let lastUs = 0;
  for (const line of lines) {
    if (line.type === 'frame' || line.type === 'unchanged') {
      lastUs = Math.max(lastUs, line.receivedAtUs);
    } else if (line.type === 'end') lastUs = Math.max(lastUs, line.endedAtUs);
  }
  return lastUs;
}
