/**
 * A greeted connection that publishes one stream: its frames and states into the hub, and what the
 * meeting wants of it back. Owns the stream's carriage while it is the newest connection.
 */
import type { ControlRecord } from '../transport/control.js';
import type { Hello } from '../transport/handshake-records.js';
import type { Frame } from '../transport/frame.js';
import { KIND_CODEC } from '../transport/record-header.js';
import type { StreamFormat } from '../transport/stream-kind.js';
import { cleanReason } from './peer-role.js';
import type { PeerRole, RoleContext } from './peer-role.js';
import { sentAway, streamSentAway } from './sent-away.js';
import type { Stream, StreamCarrier } from './participant.js';

export class PublisherRole implements PeerRole, StreamCarrier {
  readonly #context: RoleContext;
  readonly #stream: Stream;

  constructor(context: RoleContext, hello: Hello) {
    this.#context = context;
    const { hub, participant, kind } = context;
    this.#stream = hub.openStream(participant, kind);
    if (hello.nextSequence !== undefined) this.#stream.stats.expect(hello.nextSequence);
    const former = this.#stream.carrier;
    if (former instanceof PublisherRole) former.makeWay();
    if (hello.format !== undefined) this.#onFormat(hello.format);
    hub.carry(participant, this.#stream, this);
  }

  onControl(record: ControlRecord): boolean {
    if (record.type === 'format') this.#onFormat(record.format);
    else if (record.type === 'stream') {
      const { hub, participant } = this.#context;
      const reason = record.reason === undefined ? undefined : cleanReason(record.reason);
      hub.setSelf(participant, this.#stream, record.state, reason);
    } else return false;
    return true;
  }

  onMedia(frame: Frame): void {
    const { hub, participant, channel, refuse } = this.#context;
    if (this.#stream.carrier !== this) return;
    if (frame.kind === 'audio' && this.#stream.format === undefined) {
      refuse('MEET_PROTOCOL', 'sound came before its format: send it in hello or "format"');
      return;
    }
    const fault = this.#soundFault(frame);
    if (fault !== undefined) {
      refuse('MEET_FRAME_MALFORMED', fault);
      return;
    }
    hub.publish(participant, this.#stream, frame, channel.clockOffsetUs);
  }

  onAck(): void {
    // Nothing is sent that a publisher could acknowledge.
  }

  onRoundTrip(): void {
    // Only what is sent in a window needs it.
  }

  onDrain(): void {
    // Control records are few and small.
  }

  tick(): void {
    // The channel's pings suffice.
  }

  gone(reason: string, saidBye: boolean): void {
    if (this.#stream.carrier !== this) return;
    this.#stream.carrier = undefined;
    const { hub, participant } = this.#context;
    hub.setSelf(participant, this.#stream, saidBye ? 'off' : 'stalled', reason);
  }

  tellWanted(wanted: boolean): void {
    this.#context.channel.sendControl({ type: 'want', wanted });
  }

  tellHeld(held: boolean, atUs: number): void {
    this.#context.channel.sendControl({ type: 'held', held, atUs });
  }

  kick(alone: boolean): void {
    const { code, message } = alone ? streamSentAway(this.#context.kind) : sentAway();
    this.#context.refuse(code, message);
  }

  /** Sound must be whole samples of all channels. */
  #soundFault({ kind, payload }: Frame): string | undefined {
    const { format } = this.#stream;
    if (kind !== 'audio' || format?.codec !== 'pcm-s16le') return undefined;
    const sampleBytes = format.channels * 2;
    if (payload.length % sampleBytes === 0) return undefined;
    return `sound of ${payload.length} bytes, expected a multiple of ${sampleBytes} (s16le, all channels)`;
  }

  makeWay(): void {
    // It leaves now and not when its socket has gone: until then it would count as a connection.
    this.#context.leave();
    // Not a bye, on which it would come back.
    const words = 'a newer connection of the same session or key took over';
    this.#context.refuse('MEET_TAKEN_OVER', words);
  }

  #onFormat(format: StreamFormat): void {
    const { kind, channel } = this.#context;
    const expected = KIND_CODEC[kind];
    if (format.codec === expected) {
      this.#stream.format = format;
      return;
    }
    channel.sendControl({
      type: 'error',
      code: 'MEET_CONTROL_INVALID',
      message: `format ${format.codec} on the ${kind} port, expected ${expected}`,
    });
  }
}
