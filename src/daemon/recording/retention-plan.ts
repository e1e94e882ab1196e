/**
 * Which segments are to go. Owns the order, the reasons and what is never deleted; touches no disk.
 */
import type { SurveyedSegment } from './segment-survey.js';
import { AT_REST_MS } from './unfinished.js';

export interface RetentionPolicy {
  /** Segments that ended longer ago go, in ms. */
  readonly keepMs?: number | undefined;
  /** All segments together, in bytes. */
  readonly mostBytes?: number | undefined;
  /** So much of the disk stays free, in bytes. */
  readonly leastFreeBytes?: number | undefined;
}

/** Which of the policy's three it was; `unfinished`: what a killed `meet rec recover` left goes by any. */
export type RetentionReason = 'keep' | 'max-size' | 'min-free' | 'unfinished';

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

/** Gives what is to go one by one, so that what happened to one counts for the next. */
export class RetentionPlan {
  readonly #policy: RetentionPolicy;
  readonly #nowMs: number;
  readonly #candidates: Iterator<SurveyedSegment, undefined>;
  #keptBytes: number;
  #roomBytes: number;

  constructor(
    segments: readonly SurveyedSegment[],
    policy: RetentionPolicy,
    { nowMs, freeBytes = Infinity }: RetentionMoment,
  ) {
    this.#policy = policy;
    this.#nowMs = nowMs;
    this.#candidates = oldestFirst(segments.filter((one) => mayGo(one, nowMs))).values();
    this.#keptBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#roomBytes = freeBytes;
  }

  /**
   * The oldest that has not been given yet, undefined when no more is to go. Pinned segments and those
   * being written are never given. One that is neither `gone` nor `foreign` then stays and counts.
   */
  next(): Condemned | undefined {
    const segment = this.#candidates.next().value;
    const reason = segment === undefined ? undefined : this.#reasonFor(segment);
    return segment === undefined || reason === undefined ? undefined : { segment, reason };
  }

  /** It was deleted, or would be. */
  gone({ sizeBytes }: SurveyedSegment): void {
    this.#keptBytes -= sizeBytes;
    this.#roomBytes += sizeBytes;
  }

  /** It is of another program and no recording, whatever its name. */
  foreign({ sizeBytes }: SurveyedSegment): void {
    this.#keptBytes -= sizeBytes;
  }

  #reasonFor({ modifiedMs, isLeftOver }: SurveyedSegment): RetentionReason | undefined {
    if (isLeftOver) return 'unfinished';
    const { keepMs = Infinity, mostBytes = Infinity, leastFreeBytes = 0 } = this.#policy;
    if (this.#nowMs - modifiedMs > keepMs) return 'keep';
    if (this.#keptBytes > mostBytes) return 'max-size';
    return this.#roomBytes < leastFreeBytes ? 'min-free' : undefined;
  }
}

function mayGo(
  { name, modifiedMs, isPinned, isLeftOver }: SurveyedSegment,
  nowMs: number,
): boolean {
  if (isPinned) return false;
  if (isLeftOver) return nowMs - modifiedMs > AT_REST_MS;
  return name.mark !== 'open' || nowMs - modifiedMs > STILL_WRITTEN_MS;
}

/** What is no recording goes before any that is. */
function oldestFirst(segments: readonly SurveyedSegment[]): SurveyedSegment[] {
  return [...segments].sort(
    (one, other) =>
      Number(other.isLeftOver) - Number(one.isLeftOver) ||
      one.modifiedMs - other.modifiedMs ||
      (one.path < other.path ? -1 : 1),
  );
}
