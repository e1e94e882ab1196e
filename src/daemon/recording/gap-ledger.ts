/**
 * Gaps that the index does not have yet. Owns merging them, so that an hour without a disk is one
 * line a kind and reason and no list grows; writes nothing.
 */
import type { StreamKind } from '../../transport/stream-kind.js';
import type { GapLine, GapReason } from './index-line.js';
import type { GapNote } from './recording.js';
import type { Waiting } from './frame-queue.js';

export class GapLedger {
  /** By kind and reason, both of which are closed sets: at most 24 entries. */
  readonly #gaps = new Map<string, GapLine>();

  get empty(): boolean {
    return this.#gaps.size === 0;
  }

  /** A frame that was offered and will not be written. */
  addFrame(item: Waiting, reason: GapReason): void {
    const { kind, sequence, payload } = item.frame;
    this.#add({
      type: 'gap',
      kind,
      reason,
      frames: 1,
      sizeBytes: payload.length,
      fromSeq: sequence,
      toSeq: sequence,
      fromUs: item.receivedAtUs,
      toUs: item.receivedAtUs,
    });
  }

  /** Frames that the hub never had. */
  addNote(kind: StreamKind, note: GapNote): void {
    this.#add({
      type: 'gap',
      kind,
      reason: note.reason,
      ...(note.frames === undefined ? {} : { frames: note.frames }),
      ...(note.fromSequence === undefined ? {} : { fromSeq: note.fromSequence }),
      ...(note.toSequence === undefined ? {} : { toSeq: note.toSequence }),
      fromUs: note.fromUs,
      toUs: note.toUs,
    });
  }

  /** Takes all gaps, oldest kind and reason first. */
  take(): GapLine[] {
    const lines = [...this.#gaps.values()];
    this.#gaps.clear();
    return lines;
  }

  #add(gap: GapLine): void {
    const key = `${gap.kind} ${gap.reason}`;
    const before = this.#gaps.get(key);
    this.#gaps.set(key, before === undefined ? gap : merged(before, gap));
  }
}

function merged(before: GapLine, next: GapLine): GapLine {
  const toSeq = next.toSeq ?? before.toSeq;
  return {
    ...before,
    ...sum('frames', before, next),
    ...sum('sizeBytes', before, next),
    ...(before.fromSeq === undefined && next.fromSeq !== undefined
      ? { fromSeq: next.fromSeq }
      : {}),
    ...(toSeq === undefined ? {} : { toSeq }),
    fromUs: Math.min(before.fromUs, next.fromUs),
    toUs: Math.max(before.toUs, next.toUs),
  };
}

function sum(
  name: 'frames' | 'sizeBytes',
  before: GapLine,
  next: GapLine,
): Partial<Record<typeof name, number>> {
  if (before[name] === undefined && next[name] === undefined) return {};
  return { [name]: (before[name] ?? 0) + (next[name] ?? 0) };
}
