/**
 * A meeting as one Matroska file: every participant's pictures and sound as they came, each in a track
 * of its own, and what was said and done as a text track. Owns the tracks and the clusters of that
 * file; encodes nothing anew.
 */
import { crc32 } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import type { PictureSize } from '../../../transport/jpeg-header.js';
import { readJpegSize } from '../../../transport/jpeg-header.js';
import { eventWords } from '../event-words.js';
import type { EventLine } from '../event-words.js';
import { EVENT_SHOWN_MS } from '../matroska/cluster.js';
import { ELEMENTS } from '../matroska/elements.js';
import type { ElementName } from '../matroska/elements.js';
import {
  binary,
  checkedMaster,
  crcElement,
  date,
  encodeId,
  encodeSize,
  master,
  text,
  uinteger,
} from '../matroska/ebml.js';
import { ebmlHeader, simpleTag } from '../matroska/head-page.js';
import { eventsEntry, pictureEntry, soundEntry } from '../matroska/tracks.js';
import type { RecordingFs } from '../recording-fs.js';
import { MEND_FLAGS } from '../recording-fs.js';
import type { Clip, FileHead } from '../reading/matroska-file.js';
import { MatroskaFile, headRoom } from '../reading/matroska-file.js';
import type { MeetingItem } from '../reading/meeting-items.js';
import { meetingItems } from '../reading/meeting-items.js';
import type { IndexLine } from '../index-line.js';
import type { ExportWish } from './export-wish.js';
import { readingOf } from './export-wish.js';

/** Milliseconds (RFC 9559, 5.1.2.9). */
const SCALE_NS = 1_000_000;
/** A cluster spans at most so much, and holds not much more than so much. */
const CLUSTER_MOST_MS = 1000;
const CLUSTER_BYTES = 4 * 1024 * 1024;
/** Room for tracks that turn up on the way, each of some 150 bytes. */
const HEAD_LEAST_BYTES = 64 * 1024;
const TRACKS_MOST = 300;

export interface MkvWish extends ExportWish {
  readonly title: string;
  readonly writingApp: string;
}

/** Writes into the empty file at `path`. Rejects with system errors. */
export async function exportMkv(fs: RecordingFs, wish: MkvWish, path: string): Promise<void> {
  const fd = await fs.open(path, MEND_FLAGS, 0);
  try {
    const joined = new JoinedFile(fs, fd, wish);
    for await (const item of meetingItems(fs, wish.parts, readingOf(wish))) {
      await joined.add(item);
      wish.onProgress?.(item.atUs);
    }
    await joined.end();
  } finally {
    await fs.close(fd);
  }
}

interface Track {
  readonly number: number;
  readonly entry: Buffer;
  readonly isPicture: boolean;
  lastMs: number;
}

class JoinedFile {
  readonly #file: MatroskaFile;
  readonly #wish: MkvWish;
  readonly #tracks = new Map<string, Track>();
  readonly #isAlone: boolean;
  readonly #headBytes: number;
  #blocks: Buffer[] = [];
  #blockBytes = 0;
  #clusterMs = 0;
  #endMs = 0;
  #cue: Clip['cue'];
  #events: Clip['events'][number][] = [];

  constructor(fs: RecordingFs, fd: number, wish: MkvWish) {
    this.#wish = wish;
    this.#isAlone = new Set(wish.parts.map(({ participant }) => participant)).size === 1;
    this.#headBytes = headRoom(this.#head()) + HEAD_LEAST_BYTES;
    this.#file = new MatroskaFile(fs, fd, this.#headBytes, SCALE_NS);
  }

  async add(item: MeetingItem): Promise<void> {
    if (item.type === 'tick') return;
    const track = this.#trackOf(item);
    if (track === undefined) return;
    // Blocks of a track are in order and apart, as players expect.
    const ms = Math.max(track.lastMs + 1, Math.round((item.atUs - this.#wish.fromUs) / 1000));
    if (ms - this.#clusterMs >= CLUSTER_MOST_MS || this.#blockBytes >= CLUSTER_BYTES) {
      await this.#flush();
    }
    if (this.#blocks.length === 0) this.#clusterMs = ms;
    track.lastMs = ms;
    const buffers = blockOf(item, track.number, ms - this.#clusterMs);
    if (item.type === 'event') {
      const event = { relativeAt: this.#blockBytes, durationTicks: EVENT_SHOWN_MS };
      this.#events.push({ ticks: ms, track: track.number, event });
    }
    this.#blocks.push(...buffers);
    this.#blockBytes += buffers.reduce((sum, { length }) => sum + length, 0);
    this.#endMs = Math.max(this.#endMs, ms);
    if (this.#cue === undefined || track.isPicture) {
      this.#cue ??= { ticks: ms, track: track.number };
    }
  }

  async end(): Promise<void> {
    await this.#flush();
    const { fromUs, toUs } = this.#wish;
    await this.#file.end(this.#head(), Math.round((toUs - fromUs) / 1000));
  }

  async #flush(): Promise<void> {
    if (this.#blocks.length === 0) return;
    const timestamp = uinteger('Timestamp', this.#clusterMs);
    const children = [timestamp, ...this.#blocks];
    const crc = children.reduce((sum, buffer) => crc32(buffer, sum), 0);
    const checksum = crcElement(crc);
    const bytes = children.reduce((sum, { length }) => sum + length, checksum.length);
    const head = Buffer.concat([encodeId('Cluster'), encodeSize(bytes), checksum]);
    const before = checksum.length + timestamp.length;
    await this.#file.add({
      ticks: this.#clusterMs,
      endTicks: this.#endMs,
      cue: this.#cue,
      events: this.#events.map(({ event: { relativeAt, durationTicks }, ...cue }) => ({
        ...cue,
        event: { relativeAt: before + relativeAt, durationTicks },
      })),
      buffers: [head, ...children],
    });
    this.#events = [];
    this.#blocks = [];
    this.#blockBytes = 0;
    this.#cue = undefined;
  }

  #trackOf(item: Exclude<MeetingItem, { type: 'tick' }>): Track | undefined {
    const key = trackKey(item);
    const known = this.#tracks.get(key);
    if (known !== undefined) return known;
    const number = this.#tracks.size + 1;
    if (number > TRACKS_MOST) return undefined;
    const entry = this.#entryOf(item, number);
    if (entry === undefined) return undefined;
    const track = { number, entry, isPicture: item.type === 'picture', lastMs: -1 };
    this.#tracks.set(key, track);
    return track;
  }

  #entryOf(item: MeetingItem, number: number): Buffer | undefined {
    const name = (what: string): string => (this.#isAlone ? what : `${item.participant}: ${what}`);
    if (item.type === 'picture') {
      const size = sizeOf(item.jpeg);
      const what = item.kind === 'video' ? 'camera' : 'screen';
      return size === undefined ? undefined : pictureEntry({ number, name: name(what) }, size);
    }
    if (item.type === 'sound') return soundEntry({ number, name: name('sound') }, item.format);
    return eventsEntry({ number, name: 'meeting' });
  }

  #head(): FileHead {
    const { fromUs, title, writingApp, parts } = this.#wish;
    const entries = [...this.#tracks.values()].map(({ entry }) => entry);
    const participant = parts[0]?.participant ?? '';
    const tags = [
      ...(this.#isAlone ? [simpleTag('PARTICIPANT', participant)] : []),
      simpleTag('ROOM', parts[0]?.room ?? ''),
    ];
    return {
      header: ebmlHeader(),
      scaleNs: SCALE_NS,
      info: [
        binary('SegmentUUID', randomBytes(16)),
        uinteger('TimestampScale', SCALE_NS),
        date('DateUTC', Math.round(fromUs)),
        text('Title', title),
        text('MuxingApp', 'meet'),
        text('WritingApp', writingApp),
      ],
      elements: [
        { id: ELEMENTS.Tracks.id, bytes: checkedMaster('Tracks', entries) },
        {
          id: ELEMENTS.Tags.id,
          bytes: checkedMaster('Tags', [master('Tag', [master('Targets', []), ...tags])]),
        },
      ],
    };
  }
}

/** Sound of another rate is another track: a track has one. */
function trackKey(item: Exclude<MeetingItem, { type: 'tick' }>): string {
  if (item.type === 'event') return 'events';
  if (item.type === 'picture') return `${item.kind}/${item.participant}`;
  return `${item.format.sampleRateHz}/${item.format.channels}/${item.participant}`;
}

/** Undefined for what is no picture: the next one may be. */
function sizeOf(jpeg: Buffer): PictureSize | undefined {
  try {
    return readJpegSize(jpeg);
  } catch {
    return undefined;
  }
}

/** A block's elements; pictures and sound are not copied. */
function blockOf(
  item: Exclude<MeetingItem, { type: 'tick' }>,
  track: number,
  relativeMs: number,
): Buffer[] {
  const head = blockHead(track, relativeMs, item.type === 'event' ? 0 : 0x80);
  if (item.type === 'event') {
    const words = isEvent(item.event) ? eventWords(item.event, item.participant) : '';
    const more = master('BlockMore', [
      uinteger('BlockAddID', 1),
      text('BlockAdditional', JSON.stringify(item.event)),
    ]);
    return [
      master('BlockGroup', [
        binary('Block', Buffer.concat([head, Buffer.from(words, 'utf8')])),
        master('BlockAdditions', [more]),
        uinteger('BlockDuration', EVENT_SHOWN_MS),
      ]),
    ];
  }
  const payload = item.type === 'picture' ? item.jpeg : item.pcm;
  const name: ElementName = 'SimpleBlock';
  return [Buffer.concat([encodeId(name), encodeSize(head.length + payload.length), head]), payload];
}

function isEvent(event: IndexLine): event is EventLine {
  const types: readonly string[] = ['joined', 'left', 'chat', 'hand', 'state', 'gap', 'resumed'];
  return types.includes(event.type);
}

/** The track's number, time and flags (RFC 9559, 10.1). */
function blockHead(track: number, relativeMs: number, flags: number): Buffer {
  const number = encodeSize(track);
  const head = Buffer.alloc(number.length + 3);
  number.copy(head);
  head.writeInt16BE(Math.max(-32_768, Math.min(32_767, relativeMs)), number.length);
  head[number.length + 2] = flags;
  return head;
}
