/**
 * What every participant may do by control records, whether it publishes or watches: say something,
 * raise its hand, play, ask for events or as a host. Owns its seat at a table of games; whether it may
 * do so at all is looked at before (roles.ts).
 */
import type { ControlRecord } from '../transport/control.js';
import { asMeetError } from '../transport/errors.js';
import type { NativeChannel } from '../transport/native-channel.js';
import type { Play } from '../transport/play-control.js';
import type { Grant } from './admission/grant.js';
import { eventFor, stampedEvent } from './event-feed.js';
import type { Participant } from './participant.js';
import type { PeerContext } from './peer-role.js';

export class ParticipantActs {
  readonly #context: PeerContext;
  readonly #channel: NativeChannel;
  readonly #participant: Participant;
  readonly #grant: Grant;
  /** Set while this connection is told events. */
  #stopEvents: (() => void) | undefined;
  /** Set while this connection plays. */
  #leaveTable: (() => void) | undefined;

  constructor(
    context: PeerContext,
    channel: NativeChannel,
    participant: Participant,
    grant: Grant,
  ) {
    this.#context = context;
    this.#channel = channel;
    this.#participant = participant;
    this.#grant = grant;
  }

  /** From here on it is told of games, and may play. */
  sit(): void {
    this.#leaveTable = this.#context.games.sit(this.#participant, (record) => {
      this.#channel.sendControl(record);
    });
  }

  /** True when the record was one of these acts. */
  onControl(record: ControlRecord): boolean {
    if (record.type === 'chat') this.#onChat(record.text);
    else if (record.type === 'hand') this.#context.hub.setHand(this.#participant, record.up);
    else if (record.type === 'play' && this.#leaveTable !== undefined) this.#onPlay(record);
    else if (record.type === 'query' && record.what === 'events') this.#tellEvents(record.id);
    else if (record.type === 'toggle' || record.type === 'admission' || record.type === 'query') {
      this.#channel.sendControl(this.#context.hostActs(record));
    } else return false;
    return true;
  }

  /** The connection is gone. */
  close(): void {
    this.#leaveTable?.();
    this.#stopEvents?.();
  }

  /** Once for a connection. Which events it may see is looked at with each, as its role may change. */
  #tellEvents(id: number): void {
    this.#stopEvents ??= this.#context.followEvents((event) => {
      const seen = eventFor(this.#participant, this.#grant.may('manage'), event);
      if (seen === undefined) return;
      this.#channel.sendControl({ type: 'event', event: stampedEvent(seen, this.#context.clock) });
    });
    this.#channel.sendControl({ type: 'done', id, ok: true, data: {} });
  }

  #onChat(text: string): void {
    try {
      this.#context.chat.say(this.#participant, text);
    } catch (thrown) {
      const { code, message } = asMeetError(thrown);
      this.#channel.sendControl({ type: 'error', code, message });
    }
  }

  #onPlay(record: Play): void {
    const { id } = record;
    try {
      this.#context.games.act(this.#participant, record);
      this.#channel.sendControl({ type: 'done', id, ok: true });
    } catch (thrown) {
      const { code, message } = asMeetError(thrown);
      this.#channel.sendControl({ type: 'done', id, ok: false, code, message });
    }
  }
}
