/**
 * Who is in a recorded meeting at a moment of it, with which streams, as a roster would tell it. Owns
 * the participants' numbers and what recorded events say of them; knows no time of its own.
 */
import { Stage } from '../../daemon/recording/export/stage.js';
import type { MeetingItem } from '../../daemon/recording/reading/meeting-items.js';
import { partsByParticipant } from '../../daemon/recording/reading/meeting-items.js';
import type { Part } from '../../daemon/recording/reading/part.js';
import type { RosterEntry, RosterStream } from '../../transport/roster-records.js';
import type { StreamKind } from '../../transport/stream-kind.js';
import { STREAM_KINDS } from '../../transport/stream-kind.js';

type EventItem = Extract<MeetingItem, { type: 'event' }>;

export class RecordedRoster {
  readonly #parts: readonly Part[];
  readonly #stays: ReadonlyMap<string, readonly Part[]>;
  readonly #numbers: ReadonlyMap<string, number>;
  /** By `kind/participant`. */
  readonly #off = new Map<string, 'off' | 'stalled'>();
  readonly #hands = new Set<number>();
  #stage: Stage;
  #text = '';
  #entries: RosterEntry[] = [];

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    this.#stays = partsByParticipant(parts);
    this.#numbers = new Map([...this.#stays.keys()].map((name, at) => [name, at + 1]));
    this.#stage = new Stage(parts);
  }

  /** As of the last `moveTo`. */
  get entries(): readonly RosterEntry[] {
    return this.#entries;
  }

  /** From 1; undefined: not of this recording. */
  numberOf(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  isHere(name: string, atUs: number): boolean {
    return this.#stage.isHere(name, atUs);
  }

  /** The time jumps: what streams and people did until now is forgotten. */
  jump(): void {
    this.#stage = new Stage(this.#parts);
    this.#off.clear();
  }

  apply(item: MeetingItem): void {
    this.#stage.apply(item);
  }

  /** Something of this stream was recorded. */
  turnedOn(participant: number, kind: StreamKind): void {
    this.#off.delete(`${kind}/${participant}`);
  }

  noteEvent(participant: number, event: EventItem['event']): void {
    if (event.type === 'hand') {
      if (event.up) this.#hands.add(participant);
      else this.#hands.delete(participant);
    } else if (event.type === 'state') {
      if (event.state === 'on') this.turnedOn(participant, event.kind);
      else this.#off.set(`${event.kind}/${participant}`, event.state);
    }
  }

  /** True when the entries are others than before. */
  moveTo(atUs: number): boolean {
    const entries = [...this.#numbers].flatMap(([name, participant]) =>
      this.isHere(name, atUs) ? [this.#entry(name, participant)] : [],
    );
    const text = JSON.stringify(entries);
    if (text === this.#text) return false;
    this.#text = text;
    this.#entries = entries;
    return true;
  }

  #entry(name: string, participant: number): RosterEntry {
    const kinds = (this.#stays.get(name) ?? []).flatMap(({ kinds }) => kinds);
    const streams = STREAM_KINDS.filter((kind) => kinds.includes(kind)).map(
      (kind): RosterStream => ({
        ...{ kind, self: this.#off.get(`${kind}/${participant}`) ?? 'on', selfSinceUs: 0 },
        ...{ host: 'on', hostSinceUs: 0, clockOffsetUs: 0 },
      }),
    );
    const hand = this.#hands.has(participant);
    const still = { origin: 'native', away: false, watching: false } as const;
    return { participant, name, ...still, hand, streams };
  }
}
