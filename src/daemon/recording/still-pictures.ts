/**
 * The pictures that are shown now, for a segment that begins while one stands still. Owns one buffer
 * of each kind, not copied; writes nothing.
 */
import type { PictureKind } from '../../transport/stream-kind.js';
import type { MkvSegment } from './mkv-segment.js';

export class StillPictures {
  readonly #shown = new Map<PictureKind, Buffer>();

  /** A new picture is shown. */
  show(kind: PictureKind, payload: Buffer): void {
    this.#shown.set(kind, payload);
  }

  /** The picture is still shown: a segment that has none of its kind gets a copy of it. */
  confirm(segment: MkvSegment, kind: PictureKind, atUs: number): void {
    const payload = this.#shown.get(kind);
    if (payload !== undefined && !segment.hasTrack(kind)) segment.addCopy(kind, payload, atUs);
    segment.addUnchanged(kind, atUs);
  }
}
