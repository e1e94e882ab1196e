/**
 * The pictures that are shown now, for a segment that begins while one stands still. Owns one frame
 * of each kind, whose lease it holds; writes nothing.
 */
import type { Frame } from '../../transport/frame.js';
import type { PictureKind } from '../../transport/stream-kind.js';
import type { MkvSegment } from './mkv-segment.js';

export class StillPictures {
  readonly #shown = new Map<PictureKind, Frame>();
  /** No longer shown, but maybe copied to a segment that is not written yet. */
  #replaced: Frame[] = [];

  /** A new picture is shown. */
  show(kind: PictureKind, frame: Frame): void {
    const before = this.#shown.get(kind);
    if (before !== undefined) this.#replaced.push(before);
    frame.lease?.hold();
    this.#shown.set(kind, frame);
  }

  /** The picture is still shown: a segment that has none of its kind gets a copy of it. */
  confirm(segment: MkvSegment, kind: PictureKind, atUs: number): void {
    const frame = this.#shown.get(kind);
    if (frame !== undefined && !segment.hasTrack(kind)) segment.addCopy(kind, frame.payload, atUs);
    segment.addUnchanged(kind, atUs);
  }

  /** All that was copied to a segment is in its file. */
  settle(): void {
    for (const { lease } of this.#replaced) lease?.release();
    this.#replaced = [];
  }
}
