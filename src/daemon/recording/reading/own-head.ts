/**
 * The head of a file that this program wrote, held against how it writes one: what a file of others may
 * lack is damage here. Owns that, and which of our files have the head of a segment; reads no cluster.
 */
import { basename, dirname } from 'node:path';
import { HEAD_BYTES, ebmlHeader } from '../matroska/head-page.js';
import type { ElementName } from '../matroska/elements.js';
import { ELEMENTS } from '../matroska/elements.js';
import type { TrackFormats } from '../matroska/tracks.js';
import { TRACK_NUMBER } from '../matroska/tracks.js';
import { isOurSoftware } from '../our-segment.js';
import { parseMeetingFolderName, parseSegmentFileName } from '../segment-name.js';
import type { Checksum } from './ebml.js';
import { HEAD_MOST_BYTES, checksumOf, readHead } from './ebml.js';
import type { FileWindow } from './file-window.js';
import type { MatroskaHead } from './matroska-head.js';

/** Meetings are named by whole seconds, and a publisher's clock is not quite ours. */
const SLACK_US = 60_000_000;

/** One sentence each; none for files of others. The EBML header has no checksum, but is always the same. */
export async function ownHeadFaults(file: FileWindow, head: MatroskaHead): Promise<string[]> {
  if (!isOurSoftware(head.writingApp)) return [];
  const header = ebmlHeader();
  const isAsWritten = (await file.view(0, header.length)).equals(header);
  return [
    ...(isAsWritten ? [] : ['its EBML header is not as it was written']),
    ...head.parts
      .filter(({ data }) => checksumOf(data, 0, data.length) === 'none')
      .map(({ at }) => noChecksum('element', at)),
  ];
}

/** All of ours have one. */
export function noChecksum(what: 'element' | 'cluster', at: number): string {
  return `the ${what} at byte ${at} has no checksum`;
}

/** What the checksum of the first such part says; 'bad' where there is none. */
export function partChecksum({ parts }: MatroskaHead, name: ElementName): Checksum {
  const part = parts.find(({ id }) => id === ELEMENTS[name].id);
  return part === undefined ? 'bad' : checksumOf(part.data, 0, part.data.length);
}

/** Whether all that the page of a segment says is as it was written. */
export async function isWholePage(file: FileWindow, head: MatroskaHead): Promise<boolean> {
  if (head.faults.length > 0 || head.firstCluster !== HEAD_BYTES) return false;
  return (await ownHeadFaults(file, head)).length === 0;
}

/**
 * Whether it is a segment as the recorder writes it, and no file that was made of one: its clusters begin
 * behind the page, whatever the damaged page says of that.
 */
export async function hasPage(file: FileWindow, { firstCluster }: MatroskaHead): Promise<boolean> {
  const { mark = 'recovered' } = parseSegmentFileName(basename(file.path)) ?? {};
  if (mark === 'recovered') return false;
  if (firstCluster <= HEAD_BYTES) return true;
  const behind = readHead(await file.view(HEAD_BYTES, HEAD_MOST_BYTES), 0);
  return behind?.id === ELEMENTS.Cluster.id;
}

/** Its tracks; undefined where one is none that the recorder writes. */
export function segmentFormats({ tracks }: MatroskaHead): TrackFormats | undefined {
  let formats: TrackFormats = {};
  for (const { number, width, height, sampleRateHz, channels } of tracks) {
    if (number === TRACK_NUMBER.screen) formats = { ...formats, screen: { width, height } };
    else if (number === TRACK_NUMBER.video) formats = { ...formats, video: { width, height } };
    else if (number === TRACK_NUMBER.audio) {
      formats = { ...formats, audio: { codec: 'pcm-s16le', sampleRateHz, channels } };
    } else if (number === TRACK_NUMBER.events) formats = { ...formats, events: true };
    else return undefined;
  }
  return formats;
}

/** When a segment began, by what of its head is whole: Info, else the tag that says it to the millisecond. */
export function wholeStart(head: MatroskaHead): number | undefined {
  if (partChecksum(head, 'Info') !== 'bad') return head.startedAtUs;
  const told = head.tags.find(({ name }) => name === 'DATE_RECORDED')?.text;
  const ms = Date.parse(partChecksum(head, 'Tags') === 'good' ? (told ?? '') : '');
  return Number.isNaN(ms) ? undefined : ms * 1000;
}

/**
 * When a segment began, as its head says; undefined where a damaged head says what cannot be: before its
 * meeting, or after the file was last written to.
 */
export function possibleStart(
  startedAtUs: number | undefined,
  path: string,
  modifiedMs: number,
): number | undefined {
  const meetingUs = parseMeetingFolderName(basename(dirname(path))) ?? 0;
  const isPossible =
    startedAtUs !== undefined &&
    startedAtUs >= meetingUs - SLACK_US &&
    startedAtUs <= modifiedMs * 1000 + SLACK_US;
  return isPossible ? startedAtUs : undefined;
}
