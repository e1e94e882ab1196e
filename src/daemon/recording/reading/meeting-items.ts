/**
 * The items of a whole meeting in order of time, each with whose it is. Owns putting the segments of a
 * participant one behind the other, the participants beside each other, and making one of the events
 * that stand in several files.
 */
import { MeetError } from '../../../transport/errors.js';
import type { RecordingFs } from '../recording-fs.js';
import { withoutMended } from './catalog.js';
import { framesItems } from './frames-items.js';
import { mkvItems } from './mkv-items.js';
import type { Part } from './part.js';
import type { ReadWish, TimedItem } from './timed-item.js';

/** What is out of order by less than this is put in order: files are written as frames come. */
const REORDER_US = 1_000_000;
/** Events that are remembered, to know them again in another file. */
const EVENTS_MOST = 4096;

export type MeetingItem = TimedItem & { readonly participant: string };

export interface MeetingWish extends ReadWish {
  /** Items at this time or later are not wanted. */
  readonly toUs?: number;
  /**
   * A file could not be read any further, or a damaged place of it was passed over; the rest goes on. The
   * reading of one that cannot be read rejects when this is left out.
   */
  readonly onFault?: ((part: Part, thrown: unknown) => void) | undefined;
}

/** The parts of each participant in order of time, those that were mended only once. */
export function partsByParticipant(parts: readonly Part[]): Map<string, Part[]> {
  const stays = new Map<string, Part[]>();
  const inOrder = withoutMended(parts).sort(
    (one, other) => one.startedAtUs - other.startedAtUs || one.number - other.number,
  );
  for (const part of inOrder) {
    const stay = stays.get(part.participant) ?? [];
    stay.push(part);
    stays.set(part.participant, stay);
  }
  return stays;
}

/** In order of time; buffers are the item's own for pictures and sound. */
export async function* meetingItems(
  fs: RecordingFs,
  parts: readonly Part[],
  wish: MeetingWish = {},
): AsyncGenerator<MeetingItem, void> {
  const streams = [...partsByParticipant(parts)].map(([participant, stay]) =>
    inOrder(stayItems(fs, participant, stay, wish)),
  );
  const { toUs = Infinity } = wish;
  const events = new RecentEvents();
  for await (const item of merged(streams)) {
    if (item.atUs >= toUs) return;
    if (item.type !== 'event' || events.isNew(item)) yield item;
  }
}

async function* stayItems(
  fs: RecordingFs,
  participant: string,
  stay: readonly Part[],
  wish: MeetingWish,
): AsyncGenerator<MeetingItem, void> {
  const { fromUs = -Infinity, toUs = Infinity, onFault } = wish;
  for (const [at, part] of stay.entries()) {
    if (part.startedAtUs >= toUs) return;
    const next = stay[at + 1];
    // Nothing of it can be wanted, and the next begins with what stands.
    if (next !== undefined && next.startedAtUs <= fromUs) continue;
    try {
      const onDamage = (words: string): void => onFault?.(part, damaged(part, words));
      const read = part.format === 'mkv' ? mkvItems : framesItems;
      const items = read(fs, part, { ...wish, onDamage });
      for await (const item of items) yield { ...item, participant };
    } catch (thrown) {
      if (onFault === undefined || wish.signal?.aborted === true) throw thrown;
      onFault(part, thrown);
    }
  }
}

function damaged({ path }: Part, words: string): MeetError {
  return new MeetError('MEET_RECORDING_DAMAGED', `${path} is damaged: ${words}`);
}

/** Holds items back for a second, so that they come in order; their buffers become their own. */
async function* inOrder(
  items: AsyncGenerator<MeetingItem, void>,
): AsyncGenerator<MeetingItem, void> {
  const held: MeetingItem[] = [];
  let newestUs = -Infinity;
  for await (const item of items) {
    newestUs = Math.max(newestUs, item.atUs);
    insert(held, owned(item));
    let first = held[0];
    while (first !== undefined && first.atUs <= newestUs - REORDER_US) {
      held.shift();
      yield first;
      first = held[0];
    }
  }
  yield* held;
}

function owned(item: MeetingItem): MeetingItem {
  if (item.type === 'picture') return { ...item, jpeg: Buffer.from(item.jpeg) };
  return item.type === 'sound' ? { ...item, pcm: Buffer.from(item.pcm) } : item;
}

/** From behind: most come in order. */
function insert(held: MeetingItem[], item: MeetingItem): void {
  let at = held.length;
  while (at > 0 && (held[at - 1]?.atUs ?? 0) > item.atUs) at -= 1;
  held.splice(at, 0, item);
}

/** The streams' items in order of time. Closes all of them when it is left early. */
async function* merged(
  streams: readonly AsyncGenerator<MeetingItem, void>[],
): AsyncGenerator<MeetingItem, void> {
  try {
    const heads = await Promise.all(streams.map((stream) => stream.next()));
    for (;;) {
      let best: { at: number; item: MeetingItem } | undefined;
      for (const [at, head] of heads.entries()) {
        if (head.done === true) continue;
        if (best === undefined || head.value.atUs < best.item.atUs) best = { at, item: head.value };
      }
      if (best === undefined) return;
      yield best.item;
      const stream = streams[best.at];
      if (stream !== undefined) heads[best.at] = await stream.next();
    }
  } finally {
    await Promise.allSettled(streams.map((stream) => stream.return()));
  }
}

class RecentEvents {
  readonly #seen = new Set<string>();

  isNew(item: Extract<MeetingItem, { type: 'event' }>): boolean {
    const { type } = item.event;
    // Whose hand, stream or gap it is does not stand in the event.
    const ofRoom = type === 'chat' || type === 'joined' || type === 'left';
    const key = `${ofRoom ? '' : item.participant}\n${JSON.stringify(item.event)}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    const [oldest] = this.#seen;
    if (this.#seen.size > EVENTS_MOST && oldest !== undefined) this.#seen.delete(oldest);
    return true;
  }
}
