/**
 * The first 4096 bytes of a recording: everything that stands before its first Cluster. Owns their
 * layout, which lets the page be written again in place; pure.
 *
 *   0 │ EBML │ Segment's ID and size │ SeekHead, Void │ Info │ Tracks │ Tags │ Void │ 4096: Clusters
 */
import { MeetError } from '../../../transport/errors.js';
import type { ElementName } from './elements.js';
import {
  UNKNOWN_SIZE,
  binary,
  checkedMaster,
  date,
  encodeId,
  encodeSize,
  float,
  master,
  text,
  uinteger,
  voidOf,
} from './ebml.js';
import type { TrackFormats } from './tracks.js';
import { trackEntries } from './tracks.js';

/** One page of memory and one block of most disks: a kill leaves all of a write to it or none. */
export const HEAD_BYTES = 4096;
/** Where the data of Segment begins; positions in SeekHead and Cues count from here. */
export const SEGMENT_DATA_AT = 52;
/** Room for SeekHead: five entries of at most 21 bytes, its own head and CRC-32. */
const SEEK_HEAD_ROOM = 128;
const SEGMENT_SIZE_LENGTH = 8;
/** Milliseconds (RFC 9559 5.1.2.9). */
const TIMESTAMP_SCALE_NS = 1_000_000;
/** Duration's ID of 2 bytes, a size of 1, a float of 8. */
const DURATION_BYTES = 11;

/** SimpleBlock came with version 2, the rest is of version 1 (RFC 9559 section 5). */
const DOC_TYPE_VERSION = 2;
const DOC_TYPE_READ_VERSION = 2;

export interface SegmentIdentity {
  /** 16 random bytes. */
  readonly uuid: Buffer;
  /** Of timestamp 0, microseconds since the Unix epoch, daemon's clock. */
  readonly startedAtUs: number;
  /** The program and its version: `meet 0.1.0`. */
  readonly writingApp: string;
  readonly participant: string;
  readonly room: string;
  /** The name of the meeting's folder. */
  readonly meeting: string;
  /** From 1 on. */
  readonly number: number;
}

/** What is known once a segment is ended. */
export interface SegmentEnd {
  readonly durationMs: number;
  /** From the start of the file; the file ends with Segment. */
  readonly fileBytes: number;
  /** Where these stand, from the start of the file; undefined where there was no room for them. */
  readonly cuesAt: number | undefined;
  readonly tagsAt: number | undefined;
}

/** The page. `end` is left out while the segment is written: its size is unknown then. */
export function encodeHead(
  identity: SegmentIdentity,
  formats: TrackFormats,
  end?: SegmentEnd,
): Buffer {
  const info = encodeInfo(identity, end);
  const tracks = checkedMaster('Tracks', trackEntries(formats));
  const tags = encodeIdentityTags(identity);
  const infoAt = SEGMENT_DATA_AT + SEEK_HEAD_ROOM;
  const tracksAt = infoAt + info.length;
  const tagsAt = tracksAt + tracks.length;
  const seekHead = encodeSeekHead([
    ['Info', infoAt],
    ['Tracks', tracksAt],
    ['Tags', tagsAt],
    ...position('Cues', end?.cuesAt),
    ...position('Tags', end?.tagsAt),
  ]);
  const written = [
    ebmlHeader(),
    encodeId('Segment'),
    end === undefined
      ? UNKNOWN_SIZE
      : encodeSize(end.fileBytes - SEGMENT_DATA_AT, SEGMENT_SIZE_LENGTH),
    seekHead,
    voidOf(SEEK_HEAD_ROOM - seekHead.length),
    info,
    tracks,
    tags,
  ];
  const usedBytes = written.reduce((sum, { length }) => sum + length, 0);
  if (usedBytes > HEAD_BYTES - 2) throw tooLong(usedBytes);
  return Buffer.concat([...written, voidOf(HEAD_BYTES - usedBytes)]);
}

/** The EBML header; all values but the document type's are their defaults (RFC 8794 11.2). */
export function ebmlHeader(): Buffer {
  return master('EBML', [
    uinteger('EBMLVersion', 1),
    uinteger('EBMLReadVersion', 1),
    uinteger('EBMLMaxIDLength', 4),
    uinteger('EBMLMaxSizeLength', 8),
    text('DocType', 'matroska'),
    uinteger('DocTypeVersion', DOC_TYPE_VERSION),
    uinteger('DocTypeReadVersion', DOC_TYPE_READ_VERSION),
  ]);
}

function encodeSeekHead(entries: readonly (readonly [ElementName, number])[]): Buffer {
  return checkedMaster(
    'SeekHead',
    entries.map(([name, at]) =>
      master('Seek', [
        binary('SeekID', encodeId(name)),
        uinteger('SeekPosition', at - SEGMENT_DATA_AT),
      ]),
    ),
  );
}

function encodeInfo(identity: SegmentIdentity, end: SegmentEnd | undefined): Buffer {
  return checkedMaster('Info', [
    binary('SegmentUUID', identity.uuid),
    uinteger('TimestampScale', TIMESTAMP_SCALE_NS),
    end === undefined ? voidOf(DURATION_BYTES) : float('Duration', end.durationMs),
    date('DateUTC', identity.startedAtUs),
    text('Title', `${identity.participant} in ${identity.room}`),
    text('MuxingApp', 'meet'),
    text('WritingApp', identity.writingApp),
  ]);
}

function encodeIdentityTags({
  participant,
  room,
  meeting,
  number,
  startedAtUs,
}: SegmentIdentity): Buffer {
  return checkedMaster('Tags', [
    master('Tag', [
      master('Targets', []),
      simpleTag('PARTICIPANT', participant),
      simpleTag('ROOM', room),
      simpleTag('MEETING', meeting),
      simpleTag('SEGMENT', String(number)),
      simpleTag('DATE_RECORDED', new Date(Math.floor(startedAtUs / 1000)).toISOString()),
    ]),
  ]);
}

/** A tag of one name and text. */
export function simpleTag(name: string, value: string): Buffer {
  return master('SimpleTag', [text('TagName', name), text('TagString', value)]);
}

function position(name: ElementName, at: number | undefined): [ElementName, number][] {
  return at === undefined ? [] : [[name, at]];
}

function tooLong(usedBytes: number): MeetError {
  return new MeetError(
    'MEET_DISK_WRITE',
    `the head of a recording takes ${usedBytes} bytes, the most is ${HEAD_BYTES - 2}; ` +
      'use shorter names of room and participant',
  );
}
