/**
 * What stands behind the last Cluster of a segment that was ended: Cues, and Tags with what was
 * counted. Owns both; pure.
 */
import { checkedMaster, master, uinteger } from './ebml.js';
import { SEGMENT_DATA_AT, simpleTag } from './head-page.js';
import type { TrackKind } from './tracks.js';
import { TRACK_KINDS, TRACK_NUMBER } from './tracks.js';

/** One place to seek to. */
export interface Cue {
  readonly atMs: number;
  readonly track: TrackKind;
  /** Where its Cluster begins, from the start of the file. */
  readonly clusterAt: number;
}

/** What a segment holds of one track. */
export interface TrackCount {
  readonly frames: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly unchanged: number;
}

export type TrackCounts = Readonly<Record<TrackKind, TrackCount>>;

/** Cues, or nothing where there are none: the element may not be empty (RFC 9559 5.1.5). */
export function encodeCues(cues: readonly Cue[]): Buffer {
  if (cues.length === 0) return Buffer.alloc(0);
  return checkedMaster(
    'Cues',
    cues.map(({ atMs, track, clusterAt }) =>
      master('CuePoint', [
        uinteger('CueTime', atMs),
        master('CueTrackPositions', [
          uinteger('CueTrack', TRACK_NUMBER[track]),
          uinteger('CueClusterPosition', clusterAt - SEGMENT_DATA_AT),
        ]),
      ]),
    ),
  );
}

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
