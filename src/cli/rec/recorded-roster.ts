/**
 * Who is there at a moment of a recording that is played, and what their streams do. Owns following the
 * items from any moment on; waits for nothing and shows nothing.
 */
import { Stage } from '../../daemon/recording/export/stage.js';
import type { StateLine } from '../../daemon/recording/index-line.js';
import type { MeetingItem } from '../../daemon/recording/reading/meeting-items.js';
import { partsByParticipant } from '../../daemon/recording/reading/meeting-items.js';
import type { Part } from '../../daemon/recording/reading/part.js';
import type { RosterEntry, RosterStream } from '../../transport/roster-records.js';
import type { PictureKind, StreamKind } from '../../transport/stream-kind.js';
import { STREAM_KINDS } from '../../transport/stream-kind.js';

/** A stream of which nothing came for so long since reading began in the middle was off before. */
const HEARD_WITHIN_US = 1_000_000;

type StreamWords = Pick<RosterStream, 'self' | 'selfSinceUs' | 'host' | 'hostSinceUs'>;

const ON: StreamWords = { self: 'on', selfSinceUs: 0, host: 'on', hostSinceUs: 0 };

export class RecordedRoster {
  readonly #parts: readonly Part[];
  readonly #stays: ReadonlyMap<string, readonly Part[]>;
  readonly #numbers: ReadonlyMap<string, number>;
  #words = new Map<string, StreamWords>();
  /** What was known when reading began anew: it is shown until something comes. */
  #wordsBefore: ReadonlyMap<string, StreamWords> = new Map();
  readonly #hands = new Set<string>();
  #stage: Stage;
  #beganAtUs = 0;
  #version = 0;

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    this.#stays = partsByParticipant(parts);
    this.#numbers = new Map([...this.#stays.keys()].map((name, at) => [name, at + 1]));
    this.#stage = new Stage(parts);
  }

  /** Another number whenever what streams and hands do has changed. */
  get version(): number {
    return this.#version;
  }

  /** Reading begins there: what was known holds no more, once something comes. */
  beginAt(atUs: number): void {
    this.#stage = new Stage(this.#parts);
    this.#wordsBefore = this.#words;
    this.#words = new Map();
    this.#hands.clear();
    this.#beganAtUs = atUs;
  }

  /** Follows one item; its participant's number, where it may be shown. */
  apply(item: MeetingItem): number | undefined {
    this.#stage.apply(item);
    const { participant: name } = item;
    if (item.type === 'picture') this.#set(`${item.kind}/${name}`, ON);
    else if (item.type === 'sound') this.#set(`audio/${name}`, ON);
    else if (item.type === 'event' && item.event.type === 'state') this.#turn(name, item.event);
    else if (item.type === 'event' && item.event.type === 'hand') {
      this.#version += 1;
      if (item.event.up) this.#hands.add(name);
      else this.#hands.delete(name);
    }
    if (item.type === 'picture' && !this.#stage.isHere(name, item.atUs)) return undefined;
    return this.#numbers.get(name);
  }

  entries(atUs: number): RosterEntry[] {
    return [...this.#numbers].flatMap(([name, participant]) =>
      this.#stage.isHere(name, atUs) ? [this.#entry(name, participant, atUs)] : [],
    );
  }

  /** The pictures that stand at a moment, which nothing may come of for long. */
  standing(atUs: number): { readonly participant: number; readonly kind: PictureKind }[] {
    return this.#stage.streams.flatMap((stream) => {
      const { participant: name, kind } = stream;
      const participant = this.#numbers.get(name);
      if (kind === 'none' || participant === undefined) return [];
      if (this.#words.get(`${kind}/${name}`)?.self === 'stalled') return [];
      const { jpeg } = this.#stage.pictureOf(stream, atUs);
      return jpeg === undefined ? [] : [{ participant, kind }];
    });
  }

  /** By itself and by the host are two states, as in a meeting. */
  #turn(name: string, { kind, state, by, atUs }: StateLine): void {
    const key = `${kind}/${name}`;
    const before = this.#words.get(key) ?? ON;
    const after: StreamWords =
      by === 'self'
        ? { ...before, self: state, selfSinceUs: atUs }
        : { ...before, host: state === 'on' ? 'on' : 'off', hostSinceUs: atUs };
    this.#set(key, after);
  }

  #set(key: string, words: StreamWords): void {
    if (this.#words.get(key) === words) return;
    this.#words.set(key, words);
    this.#version += 1;
  }

  #entry(name: string, participant: number, atUs: number): RosterEntry {
    const streams = this.#kindsOf(name, atUs).flatMap((kind): RosterStream[] => {
      const key = `${kind}/${name}`;
      const words = this.#words.get(key) ?? this.#unheard(key, name, atUs);
      return words === undefined ? [] : [{ kind, clockOffsetUs: 0, ...words }];
    });
    const still = { origin: 'native', away: false, watching: false } as const;
    return { participant, name, ...still, hand: this.#hands.has(name), streams };
  }

  #kindsOf(name: string, atUs: number): StreamKind[] {
    const parts = (this.#stays.get(name) ?? []).filter(({ startedAtUs }) => startedAtUs <= atUs);
    return STREAM_KINDS.filter((kind) => parts.some(({ kinds }) => kinds.includes(kind)));
  }

  /**
   * Of a stream that nothing came of: undefined for one that may not have begun. Where reading began in
   * the middle, what stands comes at once, sound within its 20 ms, and what is off says so or is silent.
   */
  #unheard(key: string, name: string, atUs: number): StreamWords | undefined {
    const [first] = this.#stays.get(name) ?? [];
    if (first === undefined || first.startedAtUs >= this.#beganAtUs) return undefined;
    if (atUs - this.#beganAtUs < HEARD_WITHIN_US) return this.#wordsBefore.get(key);
    return { ...ON, self: 'off' };
  }
}
