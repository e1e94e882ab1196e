/**
 * What is known of one Matroska segment from its head and, where that does not say, from its tail.
 * Owns these few reads; walks no file through.
 */
import { basename, dirname } from 'node:path';
import { asMeetError } from '../../../transport/errors.js';
import type { PathStat, RecordingFs } from '../recording-fs.js';
import { ELEMENTS } from '../matroska/elements.js';
import type { SegmentName } from '../segment-name.js';
import { parseMeetingFolderName } from '../segment-name.js';
import { clusterTicks } from './cluster.js';
import { readHead } from './ebml.js';
import { FileWindow } from './file-window.js';
import type { MatroskaHead } from './matroska-head.js';
import { readMatroskaHead } from './matroska-head.js';
import { possibleStart, wholeStart } from './own-head.js';
import type { Part, PartState } from './part.js';
import { OPEN_FOR_US } from './part.js';
import { trackKinds } from './track-kinds.js';

/** The head of our own segments is one page (docs/recordings.md). */
const HEAD_BYTES = 4096;
/** Searched for the last cluster of a file that has no end: more than half a second of pictures. */
const TAIL_STEP_BYTES = 1024 * 1024;
const TAIL_MOST_BYTES = 64 * 1024 * 1024;

export interface MkvPlace {
  readonly path: string;
  readonly name: SegmentName;
  readonly isPinned: boolean;
}

/** Never rejects: what cannot be read is damaged, and its words say why. */
export async function readMkvPart(fs: RecordingFs, place: MkvPlace, nowUs: number): Promise<Part> {
  const { path, name } = place;
  const meeting = basename(dirname(path));
  const roomFolder = basename(dirname(dirname(path)));
  const bare = {
    ...{ path, format: 'mkv', roomFolder, room: roomFolder, meeting, participant: name.who },
    ...{ who: name.who, number: name.number, isPinned: place.isPinned },
    ...{ isSuspect: name.mark === 'suspect', isRecovered: name.mark === 'recovered' },
    ...{ startedAtUs: parseMeetingFolderName(meeting) ?? 0, durationUs: 0 },
    ...{ sizeBytes: 0, modifiedAtUs: 0, kinds: [], state: 'damaged', words: '' },
  } as const satisfies Part;
  let stat: PathStat | undefined;
  try {
    stat = await fs.lstat(path);
    const file = await FileWindow.open(fs, path, HEAD_BYTES);
    try {
      return { ...bare, ...(await describe(file, stat, name, nowUs)) };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    const { size: sizeBytes = 0, mtimeMs = 0 } = stat ?? {};
    const words = asMeetError(thrown).message;
    const isOpen = name.mark === 'open' && isFresh(mtimeMs, nowUs);
    const state = isOpen ? 'open' : 'damaged';
    return { ...bare, sizeBytes, modifiedAtUs: mtimeMs * 1000, state, words: isOpen ? '' : words };
  }
}

/** The same of a file anywhere: one that was copied elsewhere, or somebody else's. */
export async function readForeignPart(fs: RecordingFs, path: string, nowUs: number): Promise<Part> {
  const who = basename(path).replace(/\.mkv$/i, '');
  const mark = /\.open\.mkv$/.test(path) ? 'open' : 'closed';
  return await readMkvPart(fs, { path, name: { who, number: 1, mark }, isPinned: false }, nowUs);
}

function isFresh(mtimeMs: number, nowUs: number): boolean {
  return nowUs - mtimeMs * 1000 < OPEN_FOR_US;
}

async function describe(
  file: FileWindow,
  stat: PathStat,
  name: SegmentName,
  nowUs: number,
): Promise<Partial<Part>> {
  const head = await readMatroskaHead(file);
  const tag = (wanted: string): string | undefined =>
    head.tags.find((each) => each.name === wanted)?.text;
  const { state, words } = stateOf(file, head, name, isFresh(stat.mtimeMs, nowUs));
  const durationUs = head.durationUs ?? (await tailUs(file, head));
  const toldUs = wholeStart(head) ?? possibleStart(head.startedAtUs, file.path, stat.mtimeMs);
  const startedAtUs = toldUs ?? Math.round(stat.mtimeMs * 1000 - durationUs);
  return {
    ...{ state, words, durationUs, startedAtUs },
    ...(tag('PARTICIPANT') === undefined ? {} : { participant: tag('PARTICIPANT') ?? '' }),
    ...(tag('ROOM') === undefined ? {} : { room: tag('ROOM') ?? '' }),
    sizeBytes: file.sizeBytes,
    modifiedAtUs: Math.round(stat.mtimeMs * 1000),
    kinds: [...new Set([...trackKinds(head).values()].filter((kind) => kind !== 'events'))],
  };
}

function stateOf(
  file: FileWindow,
  head: MatroskaHead,
  { mark }: SegmentName,
  isFreshNow: boolean,
): { readonly state: PartState; readonly words: string } {
  if (mark === 'open' && isFreshNow) return { state: 'open', words: '' };
  const damaged = (words: string) => ({ state: 'damaged', words }) as const;
  const [fault] = head.faults;
  if (fault !== undefined) return damaged(fault);
  if (mark === 'open') return damaged('it was cut off: it has no end');
  if (head.segmentEnd === undefined) return damaged('it has no end');
  if (head.segmentEnd > file.sizeBytes) {
    return damaged(`it is ${file.sizeBytes} bytes, and says ${head.segmentEnd}`);
  }
  if (head.segmentEnd < file.sizeBytes) {
    return damaged(`${file.sizeBytes - head.segmentEnd} bytes stand behind its end`);
  }
  return { state: 'closed', words: '' };
}

/** How long it is by its last cluster that says a time; 0 when there is none. */
async function tailUs(file: FileWindow, head: MatroskaHead): Promise<number> {
  for (let length = TAIL_STEP_BYTES; ; length *= 4) {
    const from = Math.max(head.firstCluster, file.sizeBytes - length);
    const bytes = await file.view(from, file.sizeBytes - from);
    for (let at = bytes.length; at > 0;) {
      at = bytes.lastIndexOf(CLUSTER_ID, at - 1);
      if (at < 0) break;
      const cluster = readHead(bytes, at);
      const ticks = cluster === undefined ? undefined : clusterTicks(bytes, at + cluster.headBytes);
      if (ticks !== undefined) return (ticks * head.scaleNs) / 1000;
    }
    if (from === head.firstCluster || length >= TAIL_MOST_BYTES) return 0;
  }
}

const CLUSTER_ID = Buffer.alloc(4);
CLUSTER_ID.writeUInt32BE(ELEMENTS.Cluster.id);
