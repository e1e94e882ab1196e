/**
 * What is seen of a meeting at a moment of its recording: the newest picture of each stream, unless it
 * was turned off or its participant is not there. Owns following the items; decodes and draws nothing.
 */
import type { PictureKind } from '../../../transport/stream-kind.js';
import type { MeetingItem } from '../reading/meeting-items.js';
import { partsByParticipant } from '../reading/meeting-items.js';
import type { Part } from '../reading/part.js';

/** A participant who is away for less was there: it is the time between two of its files. */
const SHORT_GAP_US = 3_000_000;

/** A stream that has pictures somewhere in the recording. */
export interface StagedStream {
  readonly participant: string;
  /** `none`: of a participant without pictures. */
  readonly kind: PictureKind | 'none';
}

interface Shown {
  jpeg: Buffer | undefined;
  isOff: boolean;
  /** Counts pictures and changes of what is shown, so that one that was drawn is known. */
  version: number;
}

export interface Presence {
  readonly fromUs: number;
  readonly toUs: number;
}

export class Stage {
  /** Participants in order of coming; of each the screen, then the camera. */
  readonly streams: readonly StagedStream[];
  readonly #shown = new Map<string, Shown>();
  readonly #presence: ReadonlyMap<string, readonly Presence[]>;

  constructor(parts: readonly Part[]) {
    const stays = partsByParticipant(parts);
    this.#presence = new Map(
      [...stays].map(([participant, stay]) => [participant, presenceOf(stay)]),
    );
    this.streams = [...stays].flatMap(([participant, stay]): StagedStream[] => {
      const kinds = (['screen', 'video'] as const).filter((kind) =>
        stay.some((part) => part.kinds.includes(kind)),
      );
      if (kinds.length === 0) return [{ participant, kind: 'none' }];
      return kinds.map((kind) => ({ participant, kind }));
    });
  }

  /** When each participant was there. */
  get presence(): ReadonlyMap<string, readonly Presence[]> {
    return this.#presence;
  }

  /** Follows one item. Its buffer is kept until the next picture of that stream. */
  apply(item: MeetingItem): void {
    if (item.type === 'picture') {
      const shown = this.#of(item.participant, item.kind);
      shown.jpeg = item.jpeg;
      shown.isOff = false;
      shown.version += 1;
    } else if (item.type === 'event' && item.event.type === 'state') {
      const { kind, state } = item.event;
      if (kind === 'audio') return;
      const shown = this.#of(item.participant, kind);
      shown.isOff = state !== 'on';
      if (shown.isOff) shown.jpeg = undefined;
      shown.version += 1;
    }
  }

  /** The picture of a stream at `atUs`, which the items have reached; its version tells it apart. */
  pictureOf(
    { participant, kind }: StagedStream,
    atUs: number,
  ): { readonly jpeg: Buffer | undefined; readonly version: string } {
    if (kind === 'none') return { jpeg: undefined, version: 'none' };
    const { jpeg, version } = this.#of(participant, kind);
    if (jpeg === undefined || !this.isHere(participant, atUs)) {
      return { jpeg: undefined, version: 'none' };
    }
    return { jpeg, version: String(version) };
  }

  isHere(participant: string, atUs: number): boolean {
    const times = this.#presence.get(participant) ?? [];
    return times.some(({ fromUs, toUs }) => atUs >= fromUs && atUs <= toUs);
  }

  #of(participant: string, kind: PictureKind): Shown {
    const key = `${kind}/${participant}`;
    const known = this.#shown.get(key) ?? { jpeg: undefined, isOff: false, version: 0 };
    this.#shown.set(key, known);
    return known;
  }
}

function presenceOf(stay: readonly Part[]): Presence[] {
  const times: { fromUs: number; toUs: number }[] = [];
  for (const { startedAtUs, durationUs } of stay) {
    const last = times.at(-1);
    const toUs = startedAtUs + durationUs;
    if (last !== undefined && startedAtUs <= last.toUs + SHORT_GAP_US) {
      last.toUs = Math.max(last.toUs, toUs);
    } else times.push({ fromUs: startedAtUs, toUs });
  }
  return times;
}
