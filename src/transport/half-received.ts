/**
 * The bytes of unfinished frames that are held over all connections. Owns the sum and who must go
 * when it is too much: the one whose frame has been arriving for longest.
 */
import type { Limits } from './limits.js';
import { MeetError } from './errors.js';

/** A connection with a frame that may be unfinished. */
export interface HalfReceiver {
  /** Bytes held for an unfinished frame. */
  readonly heldBytes: number;
  /** When that frame began, monotonic ms. */
  readonly heldSinceMs: number;
  /** Ends this connection alone. */
  fail(fault: MeetError): void;
}

export class HalfReceivedBudget {
  readonly #limitBytes: number;
  readonly #receivers = new Set<HalfReceiver>();
  #heldBytes = 0;

  constructor(limits: Limits) {
    this.#limitBytes = limits['half-received-bytes'];
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  enter(receiver: HalfReceiver): void {
    this.#receivers.add(receiver);
  }

  leave(receiver: HalfReceiver, heldBytes: number): void {
    if (this.#receivers.delete(receiver)) this.#heldBytes -= heldBytes;
  }

  /** A receiver now holds `deltaBytes` more (or, negative, fewer). */
  change(deltaBytes: number): void {
    this.#heldBytes += deltaBytes;
    while (deltaBytes > 0 && this.#heldBytes > this.#limitBytes) {
      if (!this.#evict()) return;
    }
  }

  #evict(): boolean {
    let oldest: HalfReceiver | undefined;
    for (const receiver of this.#receivers) {
      if (receiver.heldBytes === 0) continue;
      if (oldest === undefined || receiver.heldSinceMs < oldest.heldSinceMs) oldest = receiver;
    }
    if (oldest === undefined) return false;
    oldest.fail(
      new MeetError(
        'MEET_HALF_RECEIVED',
        `unfinished frames hold ${this.#heldBytes} bytes, limit is ${this.#limitBytes} (--limit half-received-bytes=BYTES); this one began first`,
      ),
    );
    return true;
  }
}
