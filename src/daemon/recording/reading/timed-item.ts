/**
 * What a recording gives back, one after the other: pictures, sound and what was said and done, each
 * with its time. Owns the shapes only.
 */
import type { PictureKind, SoundFormat } from '../../../transport/stream-kind.js';
import type { IndexLine } from '../index-line.js';

/** Times are microseconds since the Unix epoch, daemon's clock. Buffers stay until the next item. */
export type TimedItem =
  | {
      readonly type: 'picture';
      readonly kind: PictureKind;
      readonly atUs: number;
      readonly jpeg: Buffer;
    }
  | {
      readonly type: 'sound';
      readonly atUs: number;
      readonly pcm: Buffer;
      readonly format: SoundFormat;
    }
  | { readonly type: 'event'; readonly atUs: number; readonly event: IndexLine }
  /** Nothing new: what is shown stands. */
  | { readonly type: 'tick'; readonly atUs: number };

export interface ReadWish {
  /** From when on; the pictures that stood then, and what was off, come first with this time. */
  readonly fromUs?: number;
  /** Whether pictures and sound are wanted; events always are. Both by default. */
  readonly pictures?: boolean;
  readonly sound?: boolean;
  /** Something between what is read is damaged and passed over; called in its place, with words. */
  readonly onDamage?: (words: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The moment that an event tells of; undefined for a line that tells of none. */
export function eventTimeUs(event: IndexLine): number | undefined {
  if ('atUs' in event) return event.atUs;
  return event.type === 'gap' ? event.toUs : undefined;
}
