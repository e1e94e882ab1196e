/**
 * What every participant may do by control records, whether it publishes or watches: say something,
 * raise its hand, play, ask as a host. Owns its seat at a table of games; whether it may do so at all is
 * looked at before (roles.ts).
 */
import type { ControlRecord } from '../transport/control.js';
import { asMeetError } from '../transport/errors.js';
import type { NativeChannel } from '../transport/native-channel.js';
import type { Play } from '../transport/play-control.js';
import type { Participant } from './participant.js';
import type { PeerContext } from './peer-role.js';

export class ParticipantActs {
  readonly #context: PeerContext;
  readonly #channel: NativeChannel;
  readonly #participant: Participant;
  /** Set while this connection plays. */
  #leaveTable: (() => void) | undefined;

  constructor(context: PeerContext, channel: NativeChannel, participant: Participant) {
    this.#context = context;
    this.#channel = channel;
    this.#participant = participant;
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
    else if (record.type === 'toggle' || record.type === 'admission' || record.type === 'query') {
      this.#channel.sendControl(this.#context.hostActs(record));
    } else return false;
    return true;
  }

  /** The connection is gone. */
  close(): void {
    this.#leaveTable?.();
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
