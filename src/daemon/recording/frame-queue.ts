/**
 * The queue between the hub and the disk, bounded by bytes. Owns which frame goes when it is full;
 * writes nothing and knows no time.
 *
 *   offer ──> [ pictures: oldest ... newest ] ──take──> being written ──release──> gone
 *        └──> [ sound:    oldest ... newest ] ──take──>  (counts towards the limit)
 *
 * Full: the oldest waiting pictures go, for a picture as for sound. Sound goes only for sound, and
 * only when no picture waits. What is being written cannot be dropped.
 *
 * It holds the lease of each frame until that is settled or dropped for room. The memory of all others,
 * of a disk that fails, is left to the garbage collector: something may still be looking at it.
 */
import type { Frame } from '../../transport/frame.js';
import type { StreamFormat } from '../../transport/stream-kind.js';
import { Fifo } from './fifo.js';

/** A frame as it was offered. */
export interface Waiting {
  readonly frame: Frame;
  readonly format: StreamFormat | undefined;
  /** Microseconds since the Unix epoch, daemon's clock. */
  readonly receivedAtUs: number;
  /** Counts how often the wall clock was set before: within an era `receivedAtUs` never goes back. */
  readonly era: number;
}

/** What an object of this queue costs beside its bytes, so that empty frames are bounded too. */
const ITEM_BYTES = 256;

export class FrameQueue {
  readonly #limitBytes: number;
  readonly #pictures = new Fifo<Waiting>();
  readonly #sounds = new Fifo<Waiting>();
  #pictureBytes = 0;
  #soundBytes = 0;
  #taken: Waiting[] = [];
  #takenBytes = 0;

  /** `limitBytes` bounds all that waits or is being written. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** True when nothing waits; something may still be being written. */
  get empty(): boolean {
    return this.#pictures.length === 0 && this.#sounds.length === 0;
  }

  /** When the oldest that waits came. */
  get oldestAtUs(): number | undefined {
    return this.#peekOldest()?.receivedAtUs;
  }

  get heldFrames(): number {
    return this.#pictures.length + this.#sounds.length + this.#taken.length;
  }

  get heldBytes(): number {
    return this.#pictureBytes + this.#soundBytes + this.#takenBytes;
  }

  get takenBytes(): number {
    return this.#takenBytes;
  }

  /**
   * Keeps `item`, or calls `drop` with each frame that goes: older ones, or `item` itself. Their
   * payloads are not to be read.
   */
  offer(item: Waiting, drop: (dropped: Waiting) => void): void {
    const isSound = item.frame.kind === 'audio';
    const needBytes = costBytes(item);
    const fixedBytes = this.#takenBytes + (isSound ? 0 : this.#soundBytes);
    if (fixedBytes + needBytes > this.#limitBytes) {
      drop(item);
      return;
    }
    while (this.heldBytes + needBytes > this.#limitBytes) {
      const victim = this.#shiftPicture() ?? (isSound ? this.#shiftSound() : undefined);
      if (victim === undefined) break;
      victim.frame.lease?.release();
      drop(victim);
    }
    item.frame.lease?.hold();
    if (isSound) {
      this.#sounds.push(item);
      this.#soundBytes += needBytes;
    } else {
      this.#pictures.push(item);
      this.#pictureBytes += needBytes;
    }
  }

  /** Takes the oldest sound, at least one chunk where there is one, at most about `mostBytes`. */
  takeSounds(mostBytes: number): Waiting[] {
    const sounds: Waiting[] = [];
    let bytes = 0;
    for (let next = this.#sounds.peek(); next !== undefined; next = this.#sounds.peek()) {
      if (sounds.length > 0 && bytes + costBytes(next) > mostBytes) break;
      bytes += costBytes(next);
      sounds.push(next);
      this.#shiftSound();
    }
    this.#hold(sounds, bytes);
    return sounds;
  }

  /**
   * Takes what came first, pictures and sound, at least one frame where there is one: at most about
   * `mostBytes`, and what came within `spanUs` of the first, and in its era.
   */
  takeOldest(mostBytes: number, spanUs: number): Waiting[] {
    const items: Waiting[] = [];
    const oldest = this.#peekOldest();
    const untilUs = (oldest?.receivedAtUs ?? 0) + spanUs;
    let bytes = 0;
    for (let next = this.#peekOldest(); next !== undefined; next = this.#peekOldest()) {
      const isEnough = bytes + costBytes(next) > mostBytes || next.receivedAtUs > untilUs;
      if (items.length > 0 && (isEnough || next.era !== oldest?.era)) break;
      bytes += costBytes(next);
      items.push(next);
      if (next.frame.kind === 'audio') this.#shiftSound();
      else this.#shiftPicture();
    }
    this.#hold(items, bytes);
    return items;
  }

  /** Takes the oldest picture. */
  takePicture(): Waiting | undefined {
    const picture = this.#shiftPicture();
    if (picture !== undefined) this.#hold([picture], costBytes(picture));
    return picture;
  }

  /** What was taken is done with. */
  release(): void {
    this.#taken = [];
    this.#takenBytes = 0;
  }

  /** Empties the queue, taken frames included; returns them, those taken first. */
  clear(): Waiting[] {
    const all = this.#taken;
    this.release();
    for (let next = this.#shiftSound(); next !== undefined; next = this.#shiftSound()) {
      all.push(next);
    }
    for (let next = this.#shiftPicture(); next !== undefined; next = this.#shiftPicture()) {
      all.push(next);
    }
    return all;
  }

  /**
   * A taken frame is on disk, or will not be: its payload is not read any more, and `clear` does not
   * give it back. Its bytes count until `release`.
   */
  settle(item: Waiting): void {
    const at = this.#taken.indexOf(item);
    if (at < 0) return;
    this.#taken.splice(at, 1);
    item.frame.lease?.release();
  }

  #peekOldest(): Waiting | undefined {
    const picture = this.#pictures.peek();
    const sound = this.#sounds.peek();
    if (picture === undefined || sound === undefined) return picture ?? sound;
    if (sound.era !== picture.era) return sound.era < picture.era ? sound : picture;
    return sound.receivedAtUs <= picture.receivedAtUs ? sound : picture;
  }

  #hold(items: readonly Waiting[], bytes: number): void {
    this.#taken.push(...items);
    this.#takenBytes += bytes;
  }

  #shiftPicture(): Waiting | undefined {
    const item = this.#pictures.shift();
    if (item !== undefined) this.#pictureBytes -= costBytes(item);
    return item;
  }

  #shiftSound(): Waiting | undefined {
    const item = this.#sounds.shift();
    if (item !== undefined) this.#soundBytes -= costBytes(item);
    return item;
  }
}

function costBytes(item: Waiting): number {
  return item.frame.record.length + ITEM_BYTES;
}
