/**
 * What may stand directly in a Segment (RFC 9559, 5.1). Owns the list.
 */
import { ELEMENTS } from '../matroska/elements.js';

/** Not in the shared table, since none of ours has them. */
export const ID_CHAPTERS = 0x1043a770;
export const ID_ATTACHMENTS = 0x1941a469;

export const TOP_LEVEL: ReadonlySet<number> = new Set([
  ELEMENTS.SeekHead.id,
  ELEMENTS.Info.id,
  ELEMENTS.Tracks.id,
  ELEMENTS.Cluster.id,
  ELEMENTS.Cues.id,
  ELEMENTS.Tags.id,
  ELEMENTS.Void.id,
  ELEMENTS.CRC32.id,
  ID_CHAPTERS,
  ID_ATTACHMENTS,
]);
