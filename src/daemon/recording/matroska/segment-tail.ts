/**
 * The last element of a segment that was ended: Tags with what was counted, behind Cues. Pure.
 */
import { checkedMaster, master, uinteger } from './ebml.js';
import { simpleTag } from './head-page.js';
import type { TrackKind } from './tracks.js';
import { TRACK_KINDS, TRACK_NUMBER } from './tracks.js';

/** What a segment holds of one track. */
export interface TrackCount {
  readonly frames: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly unchanged: number;
}

export type TrackCounts = Readonly<Record<TrackKind, TrackCount>>;

/** A Tag for each of `tracks`. */
export function encodeCountTags(tracks: ReadonlySet<TrackKind>, counts: TrackCounts): Buffer {
  return checkedMaster(
    'Tags',
    TRACK_KINDS.filter((kind) => tracks.has(kind)).map((kind) => {
      const { frames, bytes, dropped, unchanged } = counts[kind];
      return master('Tag', [
        master('Targets', [uinteger('TagTrackUID', TRACK_NUMBER[kind])]),
        simpleTag('NUMBER_OF_FRAMES', String(frames)),
        simpleTag('NUMBER_OF_BYTES', String(bytes)),
        simpleTag('FRAMES_DROPPED', String(dropped)),
        simpleTag('FRAMES_UNCHANGED', String(unchanged)),
      ]);
    }),
  );
}
