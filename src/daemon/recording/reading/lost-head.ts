/**
 * A head for a segment of ours whose own was lost: its first page holds all that says how the rest is
 * to be read. Owns what takes its place: what another segment of the same participant says, else what
 * the frames themselves tell; reads the file once for that.
 */
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { readJpegSize } from '../../../transport/jpeg-header.js';
import type { PictureSize } from '../../../transport/jpeg-header.js';
import type { SoundFormat } from '../../../transport/stream-kind.js';
import { HEAD_BYTES, SEGMENT_DATA_AT, encodeHead } from '../matroska/head-page.js';
import type { TrackFormats } from '../matroska/tracks.js';
import { TRACK_NUMBER } from '../matroska/tracks.js';
import { headOfOurs } from '../our-segment.js';
import type { RecordingFs } from '../recording-fs.js';
import { parseMeetingFolderName, parseSegmentFileName } from '../segment-name.js';
import type { Block, Cluster } from './cluster.js';
import type { FileWindow } from './file-window.js';
import type { MatroskaHead } from './matroska-head.js';
import { walkSegment } from './segment-walk.js';

/** Formats that microphones have, the likeliest first, by their bytes a second. */
const SOUND_FORMATS: readonly SoundFormat[] = [48_000, 44_100, 32_000, 16_000, 8000].flatMap(
  (sampleRateHz) =>
    [1, 2].map((channels): SoundFormat => ({ codec: 'pcm-s16le', sampleRateHz, channels })),
);
/** Segments of the same participant that are asked, at most. */
const ASKED_MOST = 20;
/** A file's time so far from its place in the meeting is not that of its last frame. */
const FAR_US = 3_600_000_000;

/** The page, and what it was made of, in words. */
export interface FoundHead {
  readonly page: Buffer;
  readonly words: string;
}

/** Undefined where no cluster of ours is to be found. Rejects with system errors. */
export async function findLostHead(
  fs: RecordingFs,
  file: FileWindow,
  signal?: AbortSignal,
): Promise<FoundHead | undefined> {
  const tally = new FrameTally();
  const walk = walkSegment(file, HEADLESS, signal === undefined ? {} : { signal });
  for await (const item of walk) if (item.type === 'cluster') tally.add(item.cluster);
  const found = tally.formats();
  if (Object.keys(found).length === 0) return undefined;
  const other = await otherSegment(fs, file.path);
  const sound = found.audio === undefined ? undefined : soundOf(other?.head);
  const formats = sound === undefined ? found : { ...found, audio: sound };
  const tag = (name: string): string | undefined =>
    other?.head.tags.find((each) => each.name === name)?.text;
  const name = parseSegmentFileName(basename(file.path));
  const folder = dirname(file.path);
  const page = encodeHead(
    {
      uuid: randomBytes(16),
      startedAtUs: await startOf(fs, file.path, tally.lastMs, other),
      writingApp: 'meet rec recover',
      participant: tag('PARTICIPANT') ?? name?.who ?? basename(file.path, '.mkv'),
      room: tag('ROOM') ?? basename(dirname(folder)),
      meeting: basename(folder),
      number: name?.number ?? 1,
    },
    formats,
  );
  const from = other === undefined ? 'from its frames' : 'from its frames and another segment';
  return {
    page,
    words: `its head was lost and is made anew ${from}; when it began is a guess`,
  };
}

/**
 * Its last cluster was written when it had just been captured; unless the file has been copied since,
 * and has another time. Then it begins where the segment before it ends, or with the meeting.
 */
async function startOf(
  fs: RecordingFs,
  path: string,
  lastMs: number,
  other: OtherSegment | undefined,
): Promise<number> {
  const { mtimeMs } = await fs.lstat(path);
  const byTimeUs = Math.max(0, Math.round((mtimeMs - lastMs) * 1000));
  const meetingUs = parseMeetingFolderName(basename(dirname(path)));
  const nearUs = other?.endsAtUs ?? meetingUs ?? byTimeUs;
  return Math.abs(byTimeUs - nearUs) > FAR_US ? nearUs : byTimeUs;
}

/** As if there were a head that says nothing. */
const HEADLESS: MatroskaHead = {
  ...{ docType: 'matroska', segmentStart: SEGMENT_DATA_AT, segmentEnd: undefined },
  ...{ firstCluster: HEAD_BYTES, scaleNs: 1_000_000, durationUs: undefined },
  ...{ startedAtUs: undefined, title: '', writingApp: '', tracks: [], tags: [] },
  ...{ seeks: new Map(), parts: [], faults: [] },
};

interface OtherSegment {
  readonly head: MatroskaHead;
  /** Of one with a smaller number; microseconds since the Unix epoch. */
  readonly endsAtUs: number | undefined;
}

/** A segment of the same participant in the same meeting: the one before it, or any. */
async function otherSegment(fs: RecordingFs, path: string): Promise<OtherSegment | undefined> {
  const own = parseSegmentFileName(basename(path));
  if (own === undefined) return undefined;
  const others = (await fs.readdir(dirname(path)))
    .flatMap(({ name }) => ({ name, parsed: parseSegmentFileName(name) }))
    .filter(({ parsed }) => parsed?.who === own.who && parsed.number !== own.number)
    .map(({ name, parsed }) => ({ name, after: (parsed?.number ?? 0) - own.number }))
    // Those before it from the nearest on, then those behind it.
    .sort((one, two) => rank(one.after) - rank(two.after));
  for (const { name, after } of others.slice(0, ASKED_MOST)) {
    // One that cannot be read is of no help.
    const head = await headOfOurs(fs, join(dirname(path), name)).catch(() => undefined);
    if (head === undefined || head.faults.length > 0) continue;
    const { startedAtUs, durationUs } = head;
    const isKnown = after < 0 && startedAtUs !== undefined && durationUs !== undefined;
    return { head, endsAtUs: isKnown ? startedAtUs + durationUs : undefined };
  }
  return undefined;
}

function rank(after: number): number {
  return after < 0 ? -after : Number.MAX_SAFE_INTEGER / 2 + after;
}

function soundOf(head: MatroskaHead | undefined): SoundFormat | undefined {
  const track = head?.tracks.find(({ number }) => number === TRACK_NUMBER.audio);
  if (track === undefined) return undefined;
  const { sampleRateHz, channels } = track;
  return { codec: 'pcm-s16le', sampleRateHz, channels };
}

/** What the frames of each track tell of it. */
class FrameTally {
  /** Milliseconds: the time of the last block. */
  lastMs = 0;
  #screen: PictureSize | undefined;
  #video: PictureSize | undefined;
  #hasEvents = false;
  #soundBytes = 0;
  #soundFromMs = Infinity;
  #soundToMs = 0;
  #lastChunkBytes = 0;

  add({ bytes, blocks, ticks }: Cluster): void {
    this.lastMs = Math.max(this.lastMs, ticks);
    for (const block of blocks) {
      this.lastMs = Math.max(this.lastMs, block.ticks);
      const { track } = block;
      if (track === TRACK_NUMBER.screen) this.#screen ??= sizeOf(bytes, block);
      else if (track === TRACK_NUMBER.video) this.#video ??= sizeOf(bytes, block);
      else if (track === TRACK_NUMBER.events) this.#hasEvents = true;
      else if (track === TRACK_NUMBER.audio) this.#addSound(block);
    }
  }

  formats(): TrackFormats {
    const sound = this.#sound();
    return {
      ...(this.#screen === undefined ? {} : { screen: this.#screen }),
      ...(this.#video === undefined ? {} : { video: this.#video }),
      ...(sound === undefined ? {} : { audio: sound }),
      ...(this.#hasEvents ? { events: true as const } : {}),
    };
  }

  #addSound({ ticks, start, end }: Block): void {
    this.#soundBytes += end - start;
    this.#soundFromMs = Math.min(this.#soundFromMs, ticks);
    this.#soundToMs = Math.max(this.#soundToMs, ticks);
    this.#lastChunkBytes = end - start;
  }

  /** The format whose bytes a second are nearest; gaps make them fewer, so it is a guess. */
  #sound(): SoundFormat | undefined {
    if (this.#soundBytes === 0) return undefined;
    const seconds = (this.#soundToMs - this.#soundFromMs) / 1000;
    const perSecond = seconds > 0 ? (this.#soundBytes - this.#lastChunkBytes) / seconds : 0;
    const off = ({ sampleRateHz, channels }: SoundFormat): number =>
      Math.abs(Math.log((sampleRateHz * channels * 2) / Math.max(1, perSecond)));
    return SOUND_FORMATS.reduce((best, each) => (off(each) < off(best) ? each : best));
  }
}

function sizeOf(bytes: Buffer, { start, end }: Block): PictureSize | undefined {
  try {
    return readJpegSize(bytes.subarray(start, end));
  } catch {
    return undefined; // the next picture may tell
  }
}
