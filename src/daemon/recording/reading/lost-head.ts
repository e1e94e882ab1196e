/**
 * A head for a segment of ours whose own is lost or damaged: its first page holds all that says how the
 * rest is to be read. Owns what takes its place: what of it is whole, then what another segment of the
 * same participant says, then what the frames themselves tell; reads the file once where it must.
 */
import { randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';
import type { SoundFormat } from '../../../transport/stream-kind.js';
import { HEAD_BYTES, SEGMENT_DATA_AT, encodeHead } from '../matroska/head-page.js';
import type { TrackFormats } from '../matroska/tracks.js';
import { TRACK_NUMBER } from '../matroska/tracks.js';
import type { RecordingFs } from '../recording-fs.js';
import { safeName } from '../recording-names.js';
import { parseMeetingFolderName, parseSegmentFileName } from '../segment-name.js';
import type { FileWindow } from './file-window.js';
import { FrameTally } from './frame-tally.js';
import type { MatroskaHead } from './matroska-head.js';
import { partChecksum, possibleStart, segmentFormats, wholeStart } from './own-head.js';
import { walkSegment } from './segment-walk.js';
import type { SiblingSegment } from './sibling-segment.js';
import { siblingOf } from './sibling-segment.js';

/** A file's time so far from its place in the meeting is not that of its last frame. */
const FAR_US = 3_600_000_000;

/** The page, and what it was made of, in words. */
export interface FoundHead {
  readonly page: Buffer;
  readonly words: string;
}

export interface LostHeadOptions {
  /** The damaged head, where one can be made out. */
  readonly read?: MatroskaHead | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Undefined where no cluster of ours is to be found. Rejects with system errors. */
export async function findLostHead(
  fs: RecordingFs,
  file: FileWindow,
  { read, signal }: LostHeadOptions,
): Promise<FoundHead | undefined> {
  const sibling = await siblingOf(fs, file.path);
  const known = knownFormats(read);
  const told = known === undefined ? await framesOf(file, signal) : undefined;
  const found = known ?? told?.formats() ?? {};
  if (Object.keys(found).length === 0) return undefined;
  const sound = known !== undefined || !found.audio ? undefined : soundOf(sibling?.head);
  const startedAtUs = read && wholeStart(read);
  const lastMs = told?.lastMs ?? 0;
  const page = encodeHead(
    {
      uuid: randomBytes(16),
      startedAtUs: startedAtUs ?? (await startOf(fs, file.path, lastMs, { read, sibling })),
      writingApp: 'meet rec recover',
      ...namesOf(file.path, read, sibling),
    },
    sound === undefined ? found : { ...found, audio: sound },
  );
  const from = sibling === undefined ? 'from its frames' : 'from its frames and another segment';
  const what = read === undefined ? 'lost' : 'damaged';
  const how = known === undefined ? from : 'from what of it is whole';
  const guess = startedAtUs === undefined ? '; when it began is a guess' : '';
  return { page, words: `its head was ${what} and is made anew ${how}${guess}` };
}

/** What its own head says of its tracks, if that is whole. */
function knownFormats(read: MatroskaHead | undefined): TrackFormats | undefined {
  if (read === undefined || partChecksum(read, 'Tracks') !== 'good') return undefined;
  return segmentFormats(read);
}

async function framesOf(file: FileWindow, signal: AbortSignal | undefined): Promise<FrameTally> {
  const tally = new FrameTally();
  const walk = walkSegment(file, HEADLESS, signal === undefined ? {} : { signal });
  for await (const item of walk) if (item.type === 'cluster') tally.add(item.cluster);
  return tally;
}

/** Names that do not fit those of file and folder are not trusted: a bit may have changed. */
function namesOf(
  path: string,
  read: MatroskaHead | undefined,
  sibling: SiblingSegment | undefined,
): { participant: string; room: string; meeting: string; number: number } {
  const name = parseSegmentFileName(basename(path));
  const folder = dirname(path);
  const roomFolder = basename(dirname(folder));
  const isWhole = read !== undefined && partChecksum(read, 'Tags') === 'good';
  const own = (tag: string, safe: string | undefined): string | undefined => {
    const text = read?.tags.find((each) => each.name === tag)?.text;
    return text !== undefined && (isWhole || safeName(text) === safe) ? text : undefined;
  };
  const others = (tag: string): string | undefined =>
    sibling?.head.tags.find((each) => each.name === tag)?.text;
  const tag = (wanted: string, safe: string | undefined): string | undefined =>
    isWhole ? own(wanted, safe) : (others(wanted) ?? own(wanted, safe));
  return {
    participant: tag('PARTICIPANT', name?.who) ?? name?.who ?? basename(path, '.mkv'),
    room: tag('ROOM', roomFolder) ?? roomFolder,
    meeting: basename(folder),
    number: name?.number ?? 1,
  };
}

/**
 * By its own head where that is possible. Its last cluster was written when it had just been captured;
 * unless the file has been copied since, and has another time. Then it begins where the segment before
 * it ends, or with the meeting.
 */
async function startOf(
  fs: RecordingFs,
  path: string,
  lastMs: number,
  { read, sibling }: { read: MatroskaHead | undefined; sibling: SiblingSegment | undefined },
): Promise<number> {
  const { mtimeMs } = await fs.lstat(path);
  const meetingUs = parseMeetingFolderName(basename(dirname(path)));
  const own = read && possibleStart(read.startedAtUs, path, mtimeMs);
  if (own !== undefined) return own;
  const byTimeUs = Math.max(0, Math.round((mtimeMs - lastMs) * 1000));
  const nearUs = sibling?.endsAtUs ?? meetingUs ?? byTimeUs;
  return Math.abs(byTimeUs - nearUs) > FAR_US ? nearUs : byTimeUs;
}

/** As if there were a head that says nothing. */
const HEADLESS: MatroskaHead = {
  ...{ docType: 'matroska', segmentStart: SEGMENT_DATA_AT, segmentEnd: undefined },
  ...{ firstCluster: HEAD_BYTES, scaleNs: 1_000_000, durationUs: undefined },
  ...{ startedAtUs: undefined, title: '', writingApp: '', tracks: [], tags: [] },
  ...{ seeks: new Map(), parts: [], faults: [] },
};

function soundOf(head: MatroskaHead | undefined): SoundFormat | undefined {
  const track = head?.tracks.find(({ number }) => number === TRACK_NUMBER.audio);
  if (track === undefined) return undefined;
  const { sampleRateHz, channels } = track;
  return { codec: 'pcm-s16le', sampleRateHz, channels };
}
