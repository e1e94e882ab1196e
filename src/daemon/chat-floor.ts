/**
 * Who has the floor: what participants and the host say is cleaned here, and how much one participant
 * may say is bounded. Owns the allowances; keeps no word.
 */
import { CHAT_CELLS, CHAT_CODE_POINTS, cleanText } from '../transport/clean-text.js';
import type { Clock } from '../transport/clock.js';
import { MeetError } from '../transport/errors.js';
import type { Limits } from '../transport/limits.js';
import type { Hub } from './hub.js';
import { HOST_NAME } from './participant-names.js';
import type { Participant } from './participant.js';

const MINUTE_MS = 60_000;

/** What a participant may still say: it fills up again evenly over a minute. */
interface Allowance {
  messages: number;
  atMs: number;
}

export class ChatFloor {
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #onFault: (fault: MeetError) => void;
  readonly #allowances = new WeakMap<Participant, Allowance>();

  /** `onFault` is told of each message that was too much. */
  constructor(hub: Hub, clock: Clock, limits: Limits, onFault: (fault: MeetError) => void) {
    this.#onFault = onFault;
    this.#hub = hub;
    this.#clock = clock;
    this.#perMinute = limits['chat-per-minute'];
  }

  /**
   * A participant says something to its room; nothing is said where cleaning leaves nothing. Throws
   * MEET_CHAT_TOO_MUCH when it has said too much.
   */
  say(participant: Participant, text: string): void {
    this.#spend(participant);
    this.#pass(participant, text);
  }

  /** The host says something to all rooms. */
  sayAsHost(text: string): void {
    this.#pass({ number: 0, name: HOST_NAME, room: undefined }, text);
  }

  #pass(sender: Parameters<Hub['chat']>[0], text: string): void {
    const clean = cleanText(text, CHAT_CODE_POINTS, CHAT_CELLS);
    if (clean !== '') this.#hub.chat(sender, clean);
  }

  #spend(participant: Participant): void {
    const nowMs = this.#clock.now();
    const most = this.#perMinute;
    const last = this.#allowances.get(participant) ?? { messages: most, atMs: nowMs };
    const filledUp = last.messages + ((nowMs - last.atMs) * most) / MINUTE_MS;
    const messages = Math.min(most, filledUp) - 1;
    if (messages < 0) {
      const fault = new MeetError(
        'MEET_CHAT_TOO_MUCH',
        `more than ${most} chat messages of one participant in a minute (--limit chat-per-minute=N)`,
      );
      this.#onFault(fault);
      throw fault;
    }
    this.#allowances.set(participant, { messages, atMs: nowMs });
  }
}
