/**
 * Newest pictures on their way to the screen, past React. Owns which tile has which slot, the newest
 * picture of each tile (one each, replaced by the next) and when its stream was last heard of;
 * decodes and draws nothing.
 *
 *   meeting ── onPicture ──> [ newest of each tile ] ── shown on the page ──> screen slot
 */
import type { Clock } from '../../transport/clock.js';
import type { Frame } from '../../transport/frame.js';
import type { Screen } from '../terminal/screen.js';
import { STALE_AFTER_MS } from './stream-state.js';
import { tileKey } from './tile.js';

/**
 * Bytes of pictures kept for tiles that are on no page now, so that a page is whole at once when it
 * comes back. Beyond it the ones heard of longest ago go; the daemon sends a newest one anyway.
 */
export const KEPT_BYTES_MAX = 32 * 1024 * 1024;

/** The roster says that a stream is on at most so long after its first picture (and goes out 10 times a second). */
const ROSTER_LATE_MS = 2000;

type PictureScreen = Pick<Screen, 'showPicture' | 'clearPicture'>;

interface Newest {
  jpeg: Buffer | undefined;
  /** Monotonic. */
  heardAtMs: number;
}

export class PictureFeed {
  readonly #screen: PictureScreen;
  readonly #clock: Clock;
  readonly #newest = new Map<string, Newest>();
  #slots: ReadonlyMap<string, number> = new Map();
  #silent: ReadonlySet<string> = new Set();

  constructor(screen: PictureScreen, clock: Clock) {
    this.#screen = screen;
    this.#clock = clock;
  }

  /**
   * Takes a record, `unchanged` ones too. True when the tile's state differs by it: it is the first,
   * or the stream was stale.
   */
  onPicture(participant: number, frame: Frame): boolean {
    const key = tileKey(participant, frame.kind);
    const nowMs = this.#clock.now();
    const newest = this.#newest.get(key) ?? { jpeg: undefined, heardAtMs: -Infinity };
    const news = nowMs - newest.heardAtMs >= STALE_AFTER_MS;
    newest.heardAtMs = nowMs;
    this.#newest.set(key, newest);
    if (!frame.unchanged && frame.payload.length > 0) {
      newest.jpeg = frame.payload;
      this.#show(key);
    }
    return news;
  }

  /** Time since the newest record of a tile; undefined: none came. */
  sinceRecordMs(key: string): number | undefined {
    const newest = this.#newest.get(key);
    return newest === undefined ? undefined : this.#clock.now() - newest.heardAtMs;
  }

  /** Forgets the pictures of tiles that are gone. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of [...this.#newest.keys()]) {
      if (!keys.has(key)) this.#forget(key);
    }
  }

  /**
   * Shows these tiles and no others; each keeps its slot while it stays, so that a zoomed picture is
   * there at once. Returns the slot of each.
   */
  place(keys: readonly string[]): ReadonlyMap<string, number> {
    const wanted = new Set(keys);
    const slots = new Map([...this.#slots].filter(([key]) => wanted.has(key)));
    for (const [key, slot] of this.#slots) if (!wanted.has(key)) this.#screen.clearPicture(slot);
    const added = keys.filter((key) => !slots.has(key));
    for (const key of added) slots.set(key, freeSlot(slots));
    const same = added.length === 0 && slots.size === this.#slots.size;
    if (!same) this.#slots = slots;
    for (const key of added) this.#show(key);
    if (!same) this.#dropHidden();
    return this.#slots;
  }

  /**
   * These streams are off: their pictures are forgotten, and none is shown. The first picture of one
   * that is on again may come before its roster does, and a still screen sends no second one: it waits.
   */
  silence(keys: ReadonlySet<string>): void {
    const before = this.#silent;
    this.#silent = keys;
    for (const key of keys) if (!before.has(key)) this.#forget(key);
    for (const key of before) {
      if (keys.has(key)) continue;
      const sinceMs = this.sinceRecordMs(key);
      if (sinceMs !== undefined && sinceMs < ROSTER_LATE_MS) this.#show(key);
      else this.#forget(key);
    }
  }

  /** Bytes of the pictures of tiles that are on no page now. */
  get hiddenBytes(): number {
    return this.#hidden().reduce((sum, { jpeg }) => sum + (jpeg?.length ?? 0), 0);
  }

  #forget(key: string): void {
    if (!this.#newest.delete(key)) return;
    const slot = this.#slots.get(key);
    if (slot !== undefined) this.#screen.clearPicture(slot);
  }

  #hidden(): Newest[] {
    return [...this.#newest].flatMap(([key, newest]) => (this.#slots.has(key) ? [] : [newest]));
  }

  #dropHidden(): void {
    let bytes = this.hiddenBytes;
    if (bytes <= KEPT_BYTES_MAX) return;
    for (const newest of this.#hidden().sort((one, other) => one.heardAtMs - other.heardAtMs)) {
      if (bytes <= KEPT_BYTES_MAX) return;
      bytes -= newest.jpeg?.length ?? 0;
      newest.jpeg = undefined;
    }
  }

  #show(key: string): void {
    const slot = this.#slots.get(key);
    const jpeg = this.#newest.get(key)?.jpeg;
    if (slot === undefined || jpeg === undefined || this.#silent.has(key)) return;
    this.#screen.showPicture(slot, jpeg);
  }
}

function freeSlot(slots: ReadonlyMap<string, number>): number {
  const taken = new Set(slots.values());
  let slot = 0;
  while (taken.has(slot)) slot += 1;
  return slot;
}
