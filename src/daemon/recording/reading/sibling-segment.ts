/**
 * Another segment of the same participant in the same meeting, which tells what a damaged one does not any
 * more. Owns which one is asked; changes nothing.
 */
import { basename, dirname, join } from 'node:path';
import { headOfOurs } from '../our-segment.js';
import type { RecordingFs } from '../recording-fs.js';
import { parseSegmentFileName } from '../segment-name.js';
import type { MatroskaHead } from './matroska-head.js';

/** Segments that are asked, at most. */
const ASKED_MOST = 20;

export interface SiblingSegment {
  readonly head: MatroskaHead;
  /** Of one with a smaller number; microseconds since the Unix epoch. */
  readonly endsAtUs: number | undefined;
}

/** A segment of the same participant in the same meeting: the one before it, or any. */
export async function siblingOf(
  fs: RecordingFs,
  path: string,
): Promise<SiblingSegment | undefined> {
  const own = parseSegmentFileName(basename(path));
  if (own === undefined) return undefined;
  const others = (await fs.readdir(dirname(path)))
    .flatMap(({ name }) => ({ name, parsed: parseSegmentFileName(name) }))
    .filter(({ parsed }) => parsed?.who === own.who && parsed.number !== own.number)
    .map(({ name, parsed }) => ({ name, after: (parsed?.number ?? 0) - own.number }))
    // Those before it from the nearest on, then those behind it.
    .sort((one, two) => rank(one.after) - rank(two.after));
  for (const { name, after } of others.slice(0, ASKED_MOST)) {
    // One that cannot be read is of no help.
    const head = await headOfOurs(fs, join(dirname(path), name)).catch(() => undefined);
    if (head === undefined || head.faults.length > 0) continue;
    const { startedAtUs, durationUs } = head;
    const isKnown = after < 0 && startedAtUs !== undefined && durationUs !== undefined;
    return { head, endsAtUs: isKnown ? startedAtUs + durationUs : undefined };
  }
  return undefined;
}

function rank(after: number): number {
  return after < 0 ? -after : Number.MAX_SAFE_INTEGER / 2 + after;
}
