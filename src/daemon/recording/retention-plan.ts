/**
 * Which segments are to go. Owns the order, the three reasons and what is never deleted; pure.
 */
import type { SurveyedSegment } from './segment-survey.js';

export interface RetentionPolicy {
  /** Segments that ended longer ago go, in ms. */
  readonly keepMs?: number | undefined;
  /** All segments together, in bytes. */
  readonly mostBytes?: number | undefined;
  /** So much of the disk stays free, in bytes. */
  readonly leastFreeBytes?: number | undefined;
}

/** Which of the policy's three it was. */
export type RetentionReason = 'keep' | 'max-size' | 'min-free';

export interface Condemned {
  readonly segment: SurveyedSegment;
  readonly reason: RetentionReason;
}

export interface RetentionMoment {
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** Of the disk; undefined where it is not known. */
  readonly freeBytes: number | undefined;
}

/**
 * A file that is called open and was written to within so long is being written, perhaps by another
 * daemon: recorders append every 4 s at least.
 */
const STILL_WRITTEN_MS = 60_000;

/** Oldest first. Pinned segments and those being written are never among them. */
export function planRetention(
  segments: readonly SurveyedSegment[],
  policy: RetentionPolicy,
  moment: RetentionMoment,
): Condemned[] {
  const { keepMs = Infinity, mostBytes = Infinity, leastFreeBytes = 0 } = policy;
  const { nowMs, freeBytes = Infinity } = moment;
  let keptBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let roomBytes = freeBytes;
  const condemned: Condemned[] = [];
  for (const segment of oldestFirst(segments.filter((one) => mayGo(one, nowMs)))) {
    const reason = reasonFor(segment);
    if (reason === undefined) break;
    condemned.push({ segment, reason });
    keptBytes -= segment.sizeBytes;
    roomBytes += segment.sizeBytes;
  }
  return condemned;

  function reasonFor({ modifiedMs }: SurveyedSegment): RetentionReason | undefined {
    if (nowMs - modifiedMs > keepMs) return 'keep';
    if (keptBytes > mostBytes) return 'max-size';
    return roomBytes < leastFreeBytes ? 'min-free' : undefined;
  }
}

function mayGo({ name, modifiedMs, isPinned }: SurveyedSegment, nowMs: number): boolean {
  if (isPinned) return false;
  return name.mark !== 'open' || nowMs - modifiedMs > STILL_WRITTEN_MS;
}

function oldestFirst(segments: readonly SurveyedSegment[]): SurveyedSegment[] {
  return [...segments].sort(
    (one, other) => one.modifiedMs - other.modifiedMs || (one.path < other.path ? -1 : 1),
  );
}
