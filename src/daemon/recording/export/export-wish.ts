/**
 * What every way of export is given: which recordings, from when to when, and whom to tell how far it
 * is. Owns the shape only.
 */
import type { MeetingWish } from '../reading/meeting-items.js';
import type { Part } from '../reading/part.js';

export interface ExportWish {
  readonly parts: readonly Part[];
  /** Microseconds since the Unix epoch. */
  readonly fromUs: number;
  readonly toUs: number;
  /** A moment of the recording that is reached. */
  readonly onProgress?: (atUs: number) => void;
  readonly onFault?: MeetingWish['onFault'] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The part of it that reading wants. */
export function readingOf({ fromUs, toUs, onFault, signal }: ExportWish): MeetingWish {
  return { fromUs, toUs, onFault, signal };
}
