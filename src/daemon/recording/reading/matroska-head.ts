/**
 * What stands before the first cluster of a Matroska file: which kind of file it is, its times, its
 * tracks and its tags (RFC 9559, 5.1). Owns reading it within fixed bounds, whatever the file claims;
 * reads no cluster.
 */
import { MeetError } from '../../../transport/errors.js';
import type { Element, ElementHead } from './ebml.js';
import { HEAD_MOST_BYTES, checksumOf, children, dateOf, floatOf, readHead } from './ebml.js';
import { textOf, uintOf } from './ebml.js';
import type { FileWindow } from './file-window.js';
import { ELEMENTS } from '../matroska/elements.js';
import { HEAD_BYTES, ebmlHeader } from '../matroska/head-page.js';
import { ID_ATTACHMENTS, ID_CHAPTERS, TOP_LEVEL } from './top-level.js';

/** Largest element before the first cluster that is read; larger ones are passed over. */
const PART_MOST_BYTES = 4 * 1024 * 1024;
/** Elements before the first cluster, tracks and tags that are looked at. */
const PARTS_MOST = 64;
const TRACKS_MOST = 64;
const TAGS_MOST = 1024;
/** From the Unix epoch to 2001-01-01 UTC, in microseconds (RFC 9559, 5.1.2.11; RFC 8794, 7.6). */
const DATE_EPOCH_US = 978_307_200_000_000;
/** RFC 9559, 5.1.2.9. */
const DEFAULT_SCALE_NS = 1_000_000;

export interface MatroskaTrack {
  readonly number: number;
  readonly codec: string;
  readonly name: string;
  /** 1 video, 2 audio, 17 subtitle (RFC 9559, 5.1.4.1.3). */
  readonly type: number;
  readonly width: number;
  readonly height: number;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly bitDepth: number;
}

/** One tag: TagName and TagString (RFC 9559, 5.1.8.1.2). */
export interface MatroskaTag {
  readonly name: string;
  readonly text: string;
}

export interface MatroskaHead {
  readonly docType: string;
  /** Where the Segment's data begins and ends; its end is undefined while it is unknown. */
  readonly segmentStart: number;
  readonly segmentEnd: number | undefined;
  /** Where the first cluster is, or where it would be. */
  readonly firstCluster: number;
  readonly scaleNs: number;
  readonly durationUs: number | undefined;
  /** DateUTC, microseconds since the Unix epoch. */
  readonly startedAtUs: number | undefined;
  readonly title: string;
  readonly writingApp: string;
  readonly tracks: readonly MatroskaTrack[];
  readonly tags: readonly MatroskaTag[];
  /** Where SeekHead says that Cues and Tags are, from the file's start. */
  readonly seeks: ReadonlyMap<number, number>;
  /** The bytes of Info, Tracks, Tags and the like as they are, for a file that is made of this one. */
  readonly parts: readonly HeadPart[];
  /** What is wrong before the first cluster, a sentence each. */
  readonly faults: readonly string[];
}

export interface HeadPart {
  readonly id: number;
  readonly at: number;
  /** Without its head. */
  readonly data: Buffer;
}

/** Reads a file's head. Rejects with MEET_RECORDING_DAMAGED when it is no Matroska file at all. */
export async function readMatroskaHead(file: FileWindow): Promise<MatroskaHead> {
  const { docType, segmentStart, segmentEnd } = await readOpening(file);
  const parts: HeadPart[] = [];
  const faults: string[] = [];
  let at = segmentStart;
  for (let count = 0; count < PARTS_MOST; count += 1) {
    const head = readHead(await file.view(at, HEAD_MOST_BYTES), 0);
    if (head === undefined || !TOP_LEVEL.has(head.id)) {
      if (at < file.sizeBytes) faults.push(`there is no element at byte ${at}`);
      break;
    }
    if (head.id === ELEMENTS.Cluster.id || head.dataBytes === undefined) break;
    const end = at + head.headBytes + head.dataBytes;
    if (at < HEAD_BYTES && end > HEAD_BYTES && (await isPageOfOurs(file))) {
      faults.push(`the element at byte ${at} ends at ${end}, its page at ${HEAD_BYTES}`);
      at = HEAD_BYTES;
      break;
    }
    if (end > file.sizeBytes) {
      faults.push(`the element at byte ${at} ends at ${end}, the file at ${file.sizeBytes}`);
      break;
    }
    if (isRead(head, head.dataBytes)) {
      const view = await file.view(at + head.headBytes, head.dataBytes);
      const part = { id: head.id, at, data: Buffer.from(view) };
      if (checksumOf(part.data, 0, part.data.length) === 'bad') {
        faults.push(`the checksum of the element at byte ${at} does not fit`);
      }
      parts.push(part);
    }
    at = end;
  }
  return {
    ...{ docType, segmentStart, segmentEnd, firstCluster: at, parts, faults },
    ...readInfo(parts),
    tracks: readTracks(parts),
    tags: parts.filter(({ id }) => id === ELEMENTS.Tags.id).flatMap(({ data }) => readTags(data)),
    seeks: readSeeks(parts, segmentStart),
  };
}

/** Whether a cluster stands behind the page that the recorder writes, whatever the page says of that. */
async function isPageOfOurs(file: FileWindow): Promise<boolean> {
  const header = ebmlHeader();
  if (!(await file.view(0, header.length)).equals(header)) return false;
  const behind = readHead(await file.view(HEAD_BYTES, HEAD_MOST_BYTES), 0);
  return behind?.id === ELEMENTS.Cluster.id;
}

/** What has a use here; the rest, and what is too large to be honest, is passed over. */
function isRead({ id }: ElementHead, dataBytes: number): boolean {
  const known = [
    ELEMENTS.SeekHead.id,
    ELEMENTS.Info.id,
    ELEMENTS.Tracks.id,
    ELEMENTS.Tags.id,
    ID_CHAPTERS,
    ID_ATTACHMENTS,
  ];
  return dataBytes <= PART_MOST_BYTES && known.some((each) => each === id);
}

async function readOpening(
  file: FileWindow,
): Promise<Pick<MatroskaHead, 'docType' | 'segmentStart' | 'segmentEnd'>> {
  const head = readHead(await file.view(0, HEAD_MOST_BYTES), 0);
  if (
    head?.id !== ELEMENTS.EBML.id ||
    head.dataBytes === undefined ||
    head.dataBytes > PART_MOST_BYTES
  ) {
    throw notMatroska(file, 'it does not begin with an EBML header (1a45dfa3)');
  }
  const data = await file.view(head.headBytes, head.dataBytes);
  const docType = [...children(data, 0, data.length)].find(({ id }) => id === ELEMENTS.DocType.id);
  const type = docType === undefined ? 'matroska' : textOf(data, docType, 32);
  if (type !== 'matroska' && type !== 'webm') {
    throw notMatroska(file, `its document type is ${JSON.stringify(type)}`);
  }
  const at = head.headBytes + head.dataBytes;
  const segment = readHead(await file.view(at, HEAD_MOST_BYTES), 0);
  if (segment?.id !== ELEMENTS.Segment.id)
    throw notMatroska(file, `there is no Segment at byte ${at}`);
  const segmentStart = at + segment.headBytes;
  const segmentEnd = segment.dataBytes === undefined ? undefined : segmentStart + segment.dataBytes;
  return { docType: type, segmentStart, segmentEnd };
}

function notMatroska({ path, sizeBytes }: FileWindow, why: string): MeetError {
  const what = sizeBytes === 0 ? 'it is empty' : why;
  return new MeetError(
    'MEET_RECORDING_DAMAGED',
    `${path} is no Matroska file: ${what}; expected a recording, as meet rec ls lists them`,
  );
}

function readInfo(
  parts: readonly HeadPart[],
): Pick<MatroskaHead, 'scaleNs' | 'durationUs' | 'startedAtUs' | 'title' | 'writingApp'> {
  const data = parts.find(({ id }) => id === ELEMENTS.Info.id)?.data ?? Buffer.alloc(0);
  let scaleNs = DEFAULT_SCALE_NS;
  let ticks: number | undefined;
  let startedAtUs: number | undefined;
  let title = '';
  let writingApp = '';
  for (const element of children(data, 0, data.length)) {
    if (element.id === ELEMENTS.TimestampScale.id) scaleNs = uintOf(data, element) ?? scaleNs;
    else if (element.id === ELEMENTS.Duration.id) ticks = floatOf(data, element);
    else if (element.id === ELEMENTS.DateUTC.id) startedAtUs = dateUs(dateOf(data, element));
    else if (element.id === ELEMENTS.Title.id) title = textOf(data, element);
    else if (element.id === ELEMENTS.WritingApp.id) writingApp = textOf(data, element);
  }
  if (scaleNs === 0) scaleNs = DEFAULT_SCALE_NS;
  const durationUs = ticks === undefined ? undefined : (ticks * scaleNs) / 1000;
  // What is damaged may say anything; how long it is, its last cluster tells as well.
  const isTime =
    durationUs !== undefined &&
    durationUs >= 0 &&
    durationUs < Number.MAX_SAFE_INTEGER &&
    checksumOf(data, 0, data.length) !== 'bad';
  return { scaleNs, durationUs: isTime ? durationUs : undefined, startedAtUs, title, writingApp };
}

function dateUs(nanoseconds: bigint | undefined): number | undefined {
  if (nanoseconds === undefined) return undefined;
  const us = Number(nanoseconds / 1000n) + DATE_EPOCH_US;
  return us > 0 && Number.isSafeInteger(us) ? us : undefined;
}

function readTracks(parts: readonly HeadPart[]): MatroskaTrack[] {
  const tracks: MatroskaTrack[] = [];
  for (const { data } of parts.filter(({ id }) => id === ELEMENTS.Tracks.id)) {
    for (const entry of children(data, 0, data.length)) {
      if (entry.id !== ELEMENTS.TrackEntry.id || tracks.length >= TRACKS_MOST) continue;
      const track = readTrack(data, entry);
      if (track !== undefined) tracks.push(track);
    }
  }
  return tracks;
}

function readTrack(data: Buffer, entry: Element): MatroskaTrack | undefined {
  const found = new Map<number, Element>();
  for (const element of children(data, entry.start, entry.end)) {
    found.set(element.id, element);
    const inner = element.id === ELEMENTS.Video.id || element.id === ELEMENTS.Audio.id;
    if (!inner) continue;
    for (const detail of children(data, element.start, element.end)) found.set(detail.id, detail);
  }
  const number = (id: number, missing: number): number => {
    const element = found.get(id);
    return element === undefined ? missing : (uintOf(data, element) ?? missing);
  };
  const text = (id: number): string => {
    const element = found.get(id);
    return element === undefined ? '' : textOf(data, element);
  };
  const rate = found.get(ELEMENTS.SamplingFrequency.id);
  const track = number(ELEMENTS.TrackNumber.id, 0);
  if (track === 0) return undefined;
  return {
    number: track,
    codec: text(ELEMENTS.CodecID.id),
    name: text(ELEMENTS.Name.id),
    type: number(ELEMENTS.TrackType.id, 0),
    width: number(ELEMENTS.PixelWidth.id, 0),
    height: number(ELEMENTS.PixelHeight.id, 0),
    // RFC 9559, 5.1.4.1.29.
    sampleRateHz: Math.round(rate === undefined ? 8000 : (floatOf(data, rate) ?? 0)),
    channels: number(ELEMENTS.Channels.id, 1),
    bitDepth: number(ELEMENTS.BitDepth.id, 0),
  };
}

/** The names and texts of a Tags element, whatever they are tags of. */
export function readTags(data: Buffer): MatroskaTag[] {
  const tags: MatroskaTag[] = [];
  for (const tag of children(data, 0, data.length)) {
    if (tag.id !== ELEMENTS.Tag.id) continue;
    for (const simple of children(data, tag.start, tag.end)) {
      if (simple.id !== ELEMENTS.SimpleTag.id || tags.length >= TAGS_MOST) continue;
      let name = '';
      let text = '';
      for (const field of children(data, simple.start, simple.end)) {
        if (field.id === ELEMENTS.TagName.id) name = textOf(data, field);
        else if (field.id === ELEMENTS.TagString.id) text = textOf(data, field, 65_536);
      }
      tags.push({ name, text });
    }
  }
  return tags;
}

function readSeeks(parts: readonly HeadPart[], segmentStart: number): Map<number, number> {
  const seeks = new Map<number, number>();
  for (const { data } of parts.filter(({ id }) => id === ELEMENTS.SeekHead.id)) {
    for (const seek of children(data, 0, data.length)) {
      if (seek.id !== ELEMENTS.Seek.id) continue;
      let id: number | undefined;
      let position: number | undefined;
      for (const field of children(data, seek.start, seek.end)) {
        // SeekID is binary: the identifier as it is written (RFC 9559, 5.1.1.1.1).
        if (field.id === ELEMENTS.SeekID.id) id = uintOf(data, field);
        else if (field.id === ELEMENTS.SeekPosition.id) position = uintOf(data, field);
      }
      if (id !== undefined && position !== undefined) seeks.set(id, segmentStart + position);
    }
  }
  return seeks;
}
