/**
 * The packets of one participant that wait to be played, in the order of their sequence numbers. Owns
 * what is held and from where in the oldest one reading goes on; knows no time.
 *
 *   take <── [ oldest, partly read | next | … | newest ] <── insert, anywhere by sequence
 *
 * Bounded by whoever inserts: it drops the oldest.
 */
import { isAfter } from '../transport/outbox.js';

export interface Packet {
  readonly sequence: number;
  /** Interleaved stereo at the source's rate. */
  readonly samples: Float32Array;
}

export class PacketQueue {
  readonly #packets: Packet[] = [];
  /** Frames of the oldest packet that were read. */
  #offset = 0;
  #frames = 0;

  /** Sample frames that are held. */
  get frames(): number {
    return this.#frames;
  }

  get packets(): number {
    return this.#packets.length;
  }

  /** Sequence of the oldest packet. */
  get next(): number | undefined {
    return this.#packets[0]?.sequence;
  }

  /** False when a packet of this sequence is held already. */
  insert(packet: Packet): boolean {
    let at = this.#packets.length;
    while (at > 0 && !isAfter(packet.sequence, this.#packets[at - 1]?.sequence ?? 0)) at -= 1;
    if (this.#packets[at]?.sequence === packet.sequence) return false;
    // What is partly read stays the oldest: the caller lets nothing older in.
    this.#packets.splice(at, 0, packet);
    this.#frames += packet.samples.length / 2;
    return true;
  }

  /**
   * Copies frames of the oldest packet into `target` from sample `start` on, up to its end; returns
   * how many frames. The packet is gone when it was read to its end.
   */
  take(target: Float32Array, start: number): number {
    const room = (target.length - start) / 2;
    const [packet] = this.#packets;
    if (packet === undefined) return 0;
    const frames = Math.min(room, packet.samples.length / 2 - this.#offset);
    const from = this.#offset * 2;
    target.set(packet.samples.subarray(from, from + frames * 2), start);
    this.#advance(packet, frames);
    return frames;
  }

  /** Whether all samples of that many of the oldest frames are within `peak`, 0 to 1. */
  isBelow(peak: number, frames: number): boolean {
    let left = frames * 2;
    let from = this.#offset * 2;
    for (const { samples } of this.#packets) {
      const end = Math.min(samples.length, from + left);
      for (let index = from; index < end; index += 1) {
        if (Math.abs(samples[index] ?? 0) > peak) return false;
      }
      left -= end - from;
      if (left <= 0) return true;
      from = 0;
    }
    return true;
  }

  /** Drops up to that many of the oldest frames; returns how many. */
  drop(frames: number): number {
    let dropped = 0;
    for (;;) {
      const [packet] = this.#packets;
      if (packet === undefined || dropped >= frames) return dropped;
      const some = Math.min(frames - dropped, packet.samples.length / 2 - this.#offset);
      this.#advance(packet, some);
      dropped += some;
    }
  }

  #advance(packet: Packet, frames: number): void {
    this.#offset += frames;
    this.#frames -= frames;
    if (this.#offset < packet.samples.length / 2) return;
    this.#packets.shift();
    this.#offset = 0;
  }
}
