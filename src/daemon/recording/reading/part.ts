/**
 * One recorded piece: a Matroska segment, or a folder of the frames format. Owns what is known of it
 * without reading it through, and how its state is told (docs/recordings.md, "States").
 */

/** `open`: being written. `closed`: ended as it should. `damaged`: cut, or more than that. */
export type PartState = 'open' | 'closed' | 'damaged';

export interface Part {
  readonly path: string;
  readonly format: 'mkv' | 'frames';
  /** Safe name of the room's folder, and the whole name where the recording tells it. */
  readonly roomFolder: string;
  readonly room: string;
  /** The meeting's folder; for the frames format the stamp of the first of its stays. */
  readonly meeting: string;
  readonly participant: string;
  readonly who: string;
  /** Of the segment, from 1 on; 1 for a folder of frames. */
  readonly number: number;
  readonly state: PartState;
  readonly isSuspect: boolean;
  readonly isRecovered: boolean;
  readonly isPinned: boolean;
  /** Microseconds since the Unix epoch. */
  readonly startedAtUs: number;
  readonly durationUs: number;
  readonly sizeBytes: number;
  /** When it was last written to. */
  readonly modifiedAtUs: number;
  /** Kinds of its tracks. */
  readonly kinds: readonly ('screen' | 'video' | 'audio')[];
  /** Why it is damaged, in words; empty when it is not. */
  readonly words: string;
}

/** One that was not written to for so long is not being written (docs/recordings.md, "States"). */
export const OPEN_FOR_US = 10_000_000;

/** A meeting is open if one of its parts is, else damaged if one is, else closed. */
export function stateOf(parts: readonly Part[]): PartState {
  if (parts.some(({ state }) => state === 'open')) return 'open';
  return parts.some(({ state }) => state === 'damaged') ? 'damaged' : 'closed';
}
