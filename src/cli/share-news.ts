/**
 * What a share tells of its devices and of its admission, each thing once: a device that stays away, or
 * that has only rested, is no news. Owns what was told last; changes no stream.
 */
import type { Source } from '../capture/source.js';
import type { Waiting } from '../transport/admission-records.js';
import type { ErrorCode, MeetError } from '../transport/errors.js';
import type { Welcome } from '../transport/handshake-records.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { EventWriter } from './event-writer.js';
import { HOW_IT_COMES_BACK } from './own-state.js';

export class ShareNews {
  readonly #emit: EventWriter;
  /** The last fault told of each kind. */
  readonly #told = new Map<StreamKind, ErrorCode>();
  /** The device told last of each kind that is on. */
  readonly #shown = new Map<StreamKind, string>();
  /** The daemon's host has to let it in. */
  #isWaiting = false;

  constructor(emit: EventWriter) {
    this.#emit = emit;
  }

  /** Told once for all streams. */
  waiting({ message, fingerprint }: Waiting): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const own = fingerprint === undefined ? {} : { fingerprint };
    this.#emit({ event: 'waiting', state: 'begun', code: 'MEET_NOT_ADMITTED', message, ...own });
  }

  /** Told where it had to wait. */
  admitted({ name, role }: Welcome): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#emit({ event: 'admitted', name, role: role ?? 'present' });
  }

  /** Told where it is another device than before, or comes after a fault. */
  live(kind: StreamKind, { backend, device, format }: Source): void {
    this.#told.delete(kind);
    const details = { backend, device, format: { ...format } };
    const words = JSON.stringify(details);
    if (this.#shown.get(kind) === words) return;
    this.#shown.set(kind, words);
    this.#emit({ event: 'stream', kind, state: 'on', by: 'self', ...details });
  }

  /** Told where it is another fault than the last. */
  stalled(kind: StreamKind, fault: MeetError): void {
    this.#shown.delete(kind);
    if (this.#told.get(kind) === fault.code) return;
    this.fault(kind, fault);
    this.#emit({ event: 'stream', kind, state: 'stalled', by: 'self', reason: fault.message });
  }

  /** It does not come back by itself: the words say what brings it back. */
  sentAway(kind: StreamKind): void {
    const words = `the host sent the ${kind} away; ${HOW_IT_COMES_BACK}`;
    this.#emit({ event: 'error', kind, code: 'MEET_STREAM_SENT_AWAY', message: words });
    this.#emit({ event: 'stream', kind, state: 'sent-away', by: 'host', reason: words });
  }

  fault(kind: StreamKind, { code, message }: MeetError): void {
    this.#told.set(kind, code);
    this.#emit({ event: 'error', kind, code, message });
  }
}
