/**
 * The names of Matroska recordings on disk: meetings' folders and segments' files, made and read
 * back. Owns these names; touches no disk.
 *
 *   root / room / 20261123T121530Z / anna-0001.mkv
 *          │      │ the meeting      │    └ the segment, from 1 on
 *          │      └ UTC, its start   └ who, made safe
 *          └ made safe
 */
import { safeName, startStamp } from './recording-names.js';

/** In the root: it is a folder of recordings, and the very one that it was. */
export const MARKER_FILE = '.meet-recordings';
/** In a meeting's folder: retention passes the whole meeting by. */
export const PIN_FILE = 'pinned';
/** Behind a segment's file name: retention passes this segment by. */
export const PIN_SUFFIX = '.pinned';

/**
 * What a file's name says of it. `open`: being written, or cut off since. `closed`: ended as it
 * should. `suspect`: a sync of it failed. `recovered`: made of a damaged one by `meet rec recover`.
 */
export type SegmentMark = 'open' | 'closed' | 'suspect' | 'recovered';

const SUFFIX: Readonly<Record<SegmentMark, string>> = {
  open: '.open.mkv',
  closed: '.mkv',
  suspect: '.suspect.mkv',
  recovered: '.recovered.mkv',
};

export interface SegmentName {
  /** The participant's name, made safe; the whole name stands in the file. */
  readonly who: string;
  /** From 1 on, in order of time, for each `who` in a meeting. */
  readonly number: number;
  readonly mark: SegmentMark;
}

/** `anna-0001.mkv`. Numbers beyond 9999 have more digits. */
export function segmentFileName({ who, number, mark }: SegmentName): string {
  return `${who}-${String(number).padStart(4, '0')}${SUFFIX[mark]}`;
}

/** Undefined for what is no segment of ours by its name. */
export function parseSegmentFileName(name: string): SegmentName | undefined {
  const [, who = '', digits = '', mark] =
    /^([a-z0-9._-]{1,40})-(\d{4,9})(?:\.(open|suspect|recovered))?\.mkv$/.exec(name) ?? [];
  const number = Number(digits);
  if (number < 1 || safeName(who) !== who) return undefined;
  return { who, number, mark: isMark(mark) ? mark : 'closed' };
}

/** The name of the folder of a meeting that began then. */
export function meetingFolderName(startedAtUs: number): string {
  return startStamp(startedAtUs);
}

/** When a meeting began, in microseconds since the Unix epoch; undefined for another folder's name. */
export function parseMeetingFolderName(name: string): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(name) ?? [];
  if (year === undefined) return undefined;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) || startStamp(ms * 1000) !== name ? undefined : ms * 1000;
}

/** Whether retention passes a segment by. `names`: all of its meeting's folder. */
export function isPinnedAmong(names: ReadonlySet<string>, file: string): boolean {
  return names.has(PIN_FILE) || names.has(`${file}${PIN_SUFFIX}`);
}

function isMark(mark: string | undefined): mark is SegmentMark {
  return mark !== undefined && mark in SUFFIX;
}
