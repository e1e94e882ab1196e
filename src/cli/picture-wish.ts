/**
 * Which picture a snapshot is waiting for, and whether what came is it. Owns the newest picture of one
 * stream; asks nobody.
 */
import type { RosterEntry, RosterStream } from '../transport/roster-records.js';
import { MeetError } from '../transport/errors.js';
import type { Frame } from '../transport/frame.js';
import { didYouMean } from '../transport/near-word.js';
import type { PictureKind } from '../transport/stream-kind.js';

export interface Target {
  /** A participant's name or number. */
  readonly name: string;
  /** The first of these that it shares. */
  readonly kinds: readonly PictureKind[];
}

/**
 * A picture is what the stream shows now when it is no older than this, or when an `unchanged` record
 * has confirmed it. A daemon's newest one may be from when somebody watched last.
 */
const FRESH_MS = 2000;

export class PictureWish {
  /** Resolves with the picture that the stream shows now. */
  readonly fresh: Promise<Frame>;
  readonly #target: Target;
  #settle: (frame: Frame) => void = () => undefined;
  #kind: PictureKind | undefined;
  #frame: Frame | undefined;

  constructor(target: Target) {
    this.#target = target;
    this.fresh = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** What to ask for; undefined while nobody of that name shares a picture. */
  choose(
    roster: readonly RosterEntry[],
  ): { readonly participant: number; readonly kind: PictureKind } | undefined {
    const entry = this.#find(roster);
    const streams = this.#target.kinds.flatMap((kind) =>
      (entry?.streams ?? []).filter((stream) => stream.kind === kind),
    );
    const chosen = streams.find(isOn) ?? streams[0];
    this.#kind = this.#target.kinds.find((kind) => kind === chosen?.kind);
    if (entry === undefined || this.#kind === undefined) return undefined;
    return { participant: entry.participant, kind: this.#kind };
  }

  take(frame: Frame, ageMs: number): void {
    if (frame.kind !== this.#kind) return;
    if (!frame.unchanged) this.#frame = frame;
    if (this.#frame !== undefined && (frame.unchanged || ageMs <= FRESH_MS)) {
      this.#settle(this.#frame);
    }
  }

  /**
   * When the time is over: what came last, though it may be old. Throws MEET_USAGE when nobody has that
   * name, MEET_DEVICE_SILENT when no picture came.
   */
  newest(roster: readonly RosterEntry[], waitSeconds: number): Frame {
    if (this.#frame !== undefined) return this.#frame;
    const { name, kinds } = this.#target;
    const entry = this.#find(roster);
    const sharing = roster.filter(({ streams }) => streams.length > 0).map((each) => each.name);
    const others = `sharing are: ${sharing.length === 0 ? 'none' : sharing.join(', ')}`;
    if (entry === undefined) {
      const hint = didYouMean(name, sharing);
      throw new MeetError('MEET_USAGE', `there is no participant "${name}"${hint}; ${others}`);
    }
    const states = entry.streams.filter((stream) => kinds.some((kind) => kind === stream.kind));
    const why = states.map(stateWords).join(', ');
    throw new MeetError(
      'MEET_DEVICE_SILENT',
      `no picture of ${entry.name} came in ${waitSeconds} s: ${why === '' ? `it shares no ${kinds.join(' and no ')}` : why}`,
    );
  }

  #find(roster: readonly RosterEntry[]): RosterEntry | undefined {
    const { name } = this.#target;
    const byName = roster.find((entry) => entry.name === name);
    return byName ?? roster.find(({ participant }) => String(participant) === name);
  }
}

function isOn({ self, host }: RosterStream): boolean {
  return self !== 'off' && host === 'on';
}

function stateWords({ kind, self, host, reason }: RosterStream): string {
  const by = host === 'off' ? 'stopped by the host' : `${self}${reason ? `, ${reason}` : ''}`;
  return `its ${kind} is ${by}`;
}
