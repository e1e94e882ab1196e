/**
 * Where the events of a segment that was ended stand, as its Cues tell: each can be read without the
 * pictures around it. Owns reading these entries; what an event means is for others.
 */
import { ELEMENTS } from '../matroska/elements.js';
import type { Block } from './cluster.js';
import { blockOf } from './cluster.js';
import type { Element } from './ebml.js';
import { HEAD_MOST_BYTES, checksumOf, children, readHead, uintOf } from './ebml.js';
import type { FileWindow } from './file-window.js';
import type { MatroskaHead } from './matroska-head.js';

/** A larger index is not read for this. */
const CUES_MOST_BYTES = 16 * 1024 * 1024;
/** A larger block is no event of ours. */
const BLOCK_MOST_BYTES = 128 * 1024;

export interface EventPlace {
  /** In units of the file's TimestampScale, from its start. */
  readonly ticks: number;
  /** Where its cluster begins, from the file's start. */
  readonly clusterAt: number;
  /** Where its block is, from the first byte of the cluster's data. */
  readonly relativeAt: number;
}

/**
 * Places of the events of a track, in order of time. None where the file was not ended, its index is
 * damaged, or it was recorded before events stood in it. Rejects with system errors.
 */
export async function eventPlaces(
  file: FileWindow,
  head: MatroskaHead,
  track: number,
): Promise<EventPlace[]> {
  const at = head.seeks.get(ELEMENTS.Cues.id);
  const cues = at === undefined ? undefined : readHead(await file.view(at, HEAD_MOST_BYTES), 0);
  const { dataBytes = Infinity, headBytes = 0, id } = cues ?? {};
  if (at === undefined || id !== ELEMENTS.Cues.id || dataBytes > CUES_MOST_BYTES) return [];
  const bytes = await file.view(at + headBytes, dataBytes);
  if (checksumOf(bytes, 0, bytes.length) === 'bad') return [];
  const places: EventPlace[] = [];
  for (const point of children(bytes, 0, bytes.length)) {
    if (point.id !== ELEMENTS.CuePoint.id) continue;
    const place = placeOf(bytes, point, head.segmentStart, track);
    if (place !== undefined) places.push(place);
  }
  return places;
}

/** The event at a place, in bytes of its own; undefined where there is none. Rejects with system errors. */
export async function eventAt(
  file: FileWindow,
  { clusterAt, relativeAt }: EventPlace,
): Promise<{ readonly bytes: Buffer; readonly block: Block } | undefined> {
  const cluster = readHead(await file.view(clusterAt, HEAD_MOST_BYTES), 0);
  if (cluster?.id !== ELEMENTS.Cluster.id) return undefined;
  const at = clusterAt + cluster.headBytes + relativeAt;
  const group = readHead(await file.view(at, HEAD_MOST_BYTES), 0);
  const { dataBytes = Infinity, headBytes = 0 } = group ?? {};
  if (dataBytes > BLOCK_MOST_BYTES) return undefined;
  const bytes = await file.view(at, headBytes + dataBytes);
  const [element] = children(bytes, 0, bytes.length);
  const block = element === undefined ? undefined : blockOf(bytes, element, 0);
  return block === undefined ? undefined : { bytes, block };
}

function placeOf(
  bytes: Buffer,
  point: Element,
  segmentStart: number,
  track: number,
): EventPlace | undefined {
  const values = new Map<number, number>();
  for (const child of children(bytes, point.start, point.end)) {
    if (child.id === ELEMENTS.CueTime.id) values.set(child.id, uintOf(bytes, child) ?? 0);
    if (child.id !== ELEMENTS.CueTrackPositions.id) continue;
    for (const each of children(bytes, child.start, child.end)) {
      values.set(each.id, uintOf(bytes, each) ?? 0);
    }
  }
  const cluster = values.get(ELEMENTS.CueClusterPosition.id);
  const relativeAt = values.get(ELEMENTS.CueRelativePosition.id);
  if (values.get(ELEMENTS.CueTrack.id) !== track) return undefined;
  if (cluster === undefined || relativeAt === undefined) return undefined;
  const ticks = values.get(ELEMENTS.CueTime.id) ?? 0;
  return { ticks, clusterAt: segmentStart + cluster, relativeAt };
}
