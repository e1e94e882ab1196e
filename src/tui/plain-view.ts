/**
 * A meeting as plain lines, one for each change: for pipes, services and screen readers. Owns the
 * words and what counts as a change; no colour, no cursor, no picture.
 */
import type { Clock } from '../transport/clock.js';
import type { ErrorCode } from '../transport/errors.js';
import type { Chat } from '../transport/chat-records.js';
import type { RosterEntry, RosterStream } from '../transport/roster-records.js';
import { printable } from './dashboard/printable-text.js';
import { streamState } from './dashboard/stream-state.js';
import { KIND_WORDS, nameOf } from './dashboard/tile.js';
import type { Meeting } from './meeting.js';

/** Changes are told at most so often; what came and went in between is left out. */
export const CHANGES_EVERY_MS = 250;
/** Messages told in that time; the rest of a flood is counted. */
export const MESSAGES_AT_ONCE = 20;
/** Longest message told, in UTF-16 units. */
const MESSAGE_UNITS_MAX = 1000;

/** What is used of stdout. */
export interface LineOut {
  write(text: string): unknown;
}

export interface PlainViewOptions {
  readonly meeting: Meeting;
  readonly out: LineOut;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Tells changes until the signal aborts; resolves then, with no timer and no listener left. */
export async function runPlainView(options: PlainViewOptions): Promise<void> {
  const { signal } = options;
  if (signal.aborted) return;
  const view = new PlainView(options);
  await new Promise<void>((resolve) => {
    const end = (): void => {
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
  view.close();
}

/** Something that holds now, and what to say once it does no longer. */
interface Fact {
  readonly words: string;
  readonly over?: string;
  /** The key of the one whom it is about. */
  readonly person?: string;
}

class PlainView {
  readonly #options: PlainViewOptions;
  readonly #stops: (() => void)[];
  #told: ReadonlyMap<string, Fact> = new Map();
  #messages: string[] = [];
  #messagesLeftOut = 0;
  #connection: string | undefined;
  /** What is wrong with the connection. */
  #fault: ErrorCode | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: PlainViewOptions) {
    const { meeting } = options;
    this.#options = options;
    this.#stops = [
      meeting.listen({
        onPicture: () => undefined,
        onRoster: () => {
          this.#soon();
        },
        onChat: (chat) => {
          this.#onChat(chat);
        },
        onConnection: (words, code) => {
          this.#onConnection(words, code);
        },
        onNotice: (words) => {
          this.#line(printable(words));
        },
      }),
    ];
    // No picture can be told in words: none is asked for.
    meeting.select([]);
    const room = printable(meeting.room);
    this.#line(`meeting ${room}: ${meeting.roster.length} here`);
    this.#tell();
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#tell();
  }

  /** An outage is told once, not with each attempt: a service's log would fill up with them. */
  #onConnection(words: string | undefined, code: ErrorCode | undefined): void {
    const isTold = words !== undefined && code !== undefined && code === this.#fault;
    this.#fault = code;
    if (isTold) return;
    this.#connection = words === undefined ? undefined : printable(words);
    this.#soon();
  }

  #onChat(chat: Chat): void {
    const text = printable(chat.text, MESSAGE_UNITS_MAX);
    if (text === '') return;
    if (this.#messages.length < MESSAGES_AT_ONCE) {
      this.#messages.push(`${printable(chat.name ?? '', 128) || 'guest'} says: ${text}`);
    } else this.#messagesLeftOut += 1;
    this.#soon();
  }

  #soon(): void {
    this.#cancel ??= this.#options.clock.after(CHANGES_EVERY_MS, () => {
      this.#tell();
    });
  }

  #tell(): void {
    this.#cancel = undefined;
    const { roster, self } = this.#options.meeting;
    const now = factsOf(roster, self, this.#connection);
    for (const [key, fact] of this.#told) {
      if (!now.has(key) && fact.over !== undefined && personHere(fact, now)) this.#line(fact.over);
    }
    for (const [key, fact] of now) {
      if (this.#told.get(key)?.words !== fact.words) this.#line(fact.words);
    }
    this.#told = now;
    for (const message of this.#messages.splice(0)) this.#line(message);
    if (this.#messagesLeftOut > 0) this.#line(`and ${this.#messagesLeftOut} more messages`);
    this.#messagesLeftOut = 0;
  }

  #line(words: string): void {
    this.#options.out.write(`${words}\n`);
  }
}

/** Who leaves takes streams and hand along: one line is enough. */
function personHere({ person }: Fact, now: ReadonlyMap<string, Fact>): boolean {
  return person === undefined || now.has(person);
}

function factsOf(
  roster: readonly RosterEntry[],
  self: number | undefined,
  connection: string | undefined,
): Map<string, Fact> {
  const facts = new Map<string, Fact>();
  if (connection !== undefined) {
    facts.set('connection', { words: `connection: ${connection}`, over: 'connected again' });
  }
  for (const entry of roster) {
    const name = nameOf(entry);
    // A daemon that was started anew may give the number of one to another.
    const person = `${entry.participant} ${name}`;
    const notes = [entry.participant === self ? 'you' : '', plaintextNote(entry)].filter(Boolean);
    const also = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
    facts.set(person, { words: `${name} is here${also}`, over: `${name} left` });
    if (entry.away) {
      const words = `${name} lost its connection`;
      facts.set(`${person}/away`, { words, over: `${name} is back`, person });
    }
    if (entry.hand) {
      const words = `${name} raises a hand`;
      facts.set(`${person}/hand`, { words, over: `${name} takes it down`, person });
    }
    for (const stream of entry.streams) {
      const kind = `${name}: ${KIND_WORDS[stream.kind]}`;
      const words = `${kind} ${streamWords(stream)}`;
      facts.set(`${person}/${stream.kind}`, { words, over: `${kind} ended`, person });
    }
  }
  return facts;
}

function plaintextNote(entry: RosterEntry): string {
  return entry.origin === 'older' ? 'older client, plaintext' : '';
}

function streamWords(stream: RosterStream): string {
  if (stream.self === 'on' && stream.host === 'on') return 'on';
  return streamState({ away: false }, stream, { sinceRecordMs: undefined }).words;
}
