/**
 * Tells a recording that is played as JSON lines, one for each change. Owns what has been told; plays
 * nothing and waits for nothing.
 */
import type { RosterEntry, RosterStream } from '../../transport/roster-records.js';
import type { Meeting } from '../../tui/meeting.js';
import type { TextOut } from '../io.js';
import { lineOut } from '../line-out.js';
import type { RecordingEvent } from './recording-events.js';

export class RecordingTeller {
  readonly #out: TextOut;
  readonly #meeting: Meeting;
  readonly #fromUs: number;
  readonly #stop: () => void;
  #told: readonly RosterEntry[] = [];

  /** Tells from now on what happens in `meeting`, which plays from `fromUs` on. */
  constructor(out: TextOut, meeting: Meeting, fromUs: number) {
    this.#out = lineOut(out, (lost) => this.#line(lostEvent(lost)));
    this.#meeting = meeting;
    this.#fromUs = fromUs;
    this.#stop = meeting.listen({
      onPicture: () => undefined,
      onRoster: (roster) => {
        this.#tellRoster(roster);
      },
      onChat: ({ name = '', text }) => {
        this.tell({ event: 'chat', name, text });
      },
      onConnection: () => undefined,
      onNotice: (message) => {
        this.tell({ event: 'notice', message });
      },
    });
    this.#tellRoster(meeting.roster);
  }

  tell(event: RecordingEvent): void {
    this.#out.write(this.#line(event));
  }

  /** Tells nothing more. */
  close(): void {
    this.#stop();
  }

  #line({ event: name, ...data }: RecordingEvent): string {
    const atMs = this.#meeting.player?.state().atMs ?? 0;
    const at = new Date(this.#fromUs / 1000 + atMs).toISOString();
    return `${JSON.stringify({ event: name, at, seconds: Math.round(atMs) / 1000, ...data })}\n`;
  }

  #tellRoster(roster: readonly RosterEntry[]): void {
    const before = new Map(this.#told.map((entry) => [entry.participant, entry]));
    this.#told = roster;
    for (const entry of roster) {
      const known = before.get(entry.participant);
      before.delete(entry.participant);
      const { name, hand } = entry;
      if (known === undefined) this.tell({ event: 'joined', name });
      if ((known?.hand ?? false) !== hand) this.tell({ event: 'hand', name, up: hand });
      for (const stream of entry.streams) {
        const words = stateOf(stream);
        const then = known?.streams.find(({ kind }) => kind === stream.kind);
        if (then !== undefined && JSON.stringify(stateOf(then)) === JSON.stringify(words)) continue;
        this.tell({ event: 'stream', name, kind: stream.kind, ...words });
      }
    }
    for (const { name } of before.values()) this.tell({ event: 'left', name });
  }
}

/** What the host stopped is off, whatever its sharer says. */
function stateOf({ self, host }: RosterStream): {
  readonly state: RosterStream['self'];
  readonly by: 'self' | 'host';
} {
  return host === 'off' ? { state: 'off', by: 'host' } : { state: self, by: 'self' };
}

function lostEvent(lost: number): RecordingEvent {
  const message = `${lost} events were left out, since nobody read them in time; read faster`;
  return { event: 'notice', message };
}
