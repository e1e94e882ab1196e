/**
 * The index of a file: where to begin reading for a moment, and where each event stands. Owns its
 * layout, for the recorder and for files that are made of others; pure.
 */
import { checkedMaster, master, uinteger } from './ebml.js';

/** One place to seek to. */
export interface Cue {
  /** In units of TimestampScale, from the file's start. */
  readonly ticks: number;
  /** TrackNumber. */
  readonly track: number;
  /** Where its Cluster begins, from the start of the file. */
  readonly clusterAt: number;
  /** Of an event, which players show for a while, and readers look for by itself. */
  readonly event?: {
    /** Where its block is, from the first byte of the Cluster's data. */
    readonly relativeAt: number;
    readonly durationTicks: number;
  };
}

/**
 * Cues, in order of time. `segmentStart`: where Segment's data begin, from the start of the file. Nothing
 * where there are none: the element may not be empty (RFC 9559 5.1.5).
 */
export function encodeCues(cues: readonly Cue[], segmentStart: number): Buffer {
  if (cues.length === 0) return Buffer.alloc(0);
  const inOrder = cues.toSorted((one, other) => one.ticks - other.ticks);
  return checkedMaster(
    'Cues',
    inOrder.map((cue) =>
      master('CuePoint', [
        uinteger('CueTime', cue.ticks),
        master('CueTrackPositions', positions(cue, segmentStart)),
      ]),
    ),
  );
}

function positions({ track, clusterAt, event }: Cue, segmentStart: number): Buffer[] {
  const place = [
    uinteger('CueTrack', track),
    uinteger('CueClusterPosition', clusterAt - segmentStart),
  ];
  if (event === undefined) return place;
  return [
    ...place,
    uinteger('CueRelativePosition', event.relativeAt),
    uinteger('CueDuration', event.durationTicks),
  ];
}
