/**
 * The EBML and Matroska elements that recordings are made of: ID, type and where each is specified.
 * Owns this table, which the writer and the reader share; reads and writes nothing.
 *
 * Sections are those of RFC 8794 (EBML) and RFC 9559 (Matroska). IDs are written with their length
 * marker, as they stand in a file (RFC 8794 section 5).
 */

export type ElementType =
  'master' | 'uinteger' | 'integer' | 'float' | 'string' | 'utf-8' | 'date' | 'binary';

export interface ElementRow {
  /** With its length marker; 1 to 4 bytes, big-endian in a file. */
  readonly id: number;
  readonly type: ElementType;
  readonly source: string;
}

export const ELEMENTS = {
  // Of any EBML document.
  EBML: row(0x1a45dfa3, 'master', 'RFC 8794 11.2.1'),
  EBMLVersion: row(0x4286, 'uinteger', 'RFC 8794 11.2.2'),
  EBMLReadVersion: row(0x42f7, 'uinteger', 'RFC 8794 11.2.3'),
  EBMLMaxIDLength: row(0x42f2, 'uinteger', 'RFC 8794 11.2.4'),
  EBMLMaxSizeLength: row(0x42f3, 'uinteger', 'RFC 8794 11.2.5'),
  DocType: row(0x4282, 'string', 'RFC 8794 11.2.6'),
  DocTypeVersion: row(0x4287, 'uinteger', 'RFC 8794 11.2.7'),
  DocTypeReadVersion: row(0x4285, 'uinteger', 'RFC 8794 11.2.8'),
  CRC32: row(0xbf, 'binary', 'RFC 8794 11.3.1'),
  Void: row(0xec, 'binary', 'RFC 8794 11.3.2'),

  Segment: row(0x18538067, 'master', 'RFC 9559 5.1'),

  SeekHead: row(0x114d9b74, 'master', 'RFC 9559 5.1.1'),
  Seek: row(0x4dbb, 'master', 'RFC 9559 5.1.1.1'),
  SeekID: row(0x53ab, 'binary', 'RFC 9559 5.1.1.1.1'),
  SeekPosition: row(0x53ac, 'uinteger', 'RFC 9559 5.1.1.1.2'),

  Info: row(0x1549a966, 'master', 'RFC 9559 5.1.2'),
  SegmentUUID: row(0x73a4, 'binary', 'RFC 9559 5.1.2.1'),
  TimestampScale: row(0x2ad7b1, 'uinteger', 'RFC 9559 5.1.2.9'),
  Duration: row(0x4489, 'float', 'RFC 9559 5.1.2.10'),
  DateUTC: row(0x4461, 'date', 'RFC 9559 5.1.2.11'),
  Title: row(0x7ba9, 'utf-8', 'RFC 9559 5.1.2.12'),
  MuxingApp: row(0x4d80, 'utf-8', 'RFC 9559 5.1.2.13'),
  WritingApp: row(0x5741, 'utf-8', 'RFC 9559 5.1.2.14'),

  Cluster: row(0x1f43b675, 'master', 'RFC 9559 5.1.3'),
  Timestamp: row(0xe7, 'uinteger', 'RFC 9559 5.1.3.1'),
  SimpleBlock: row(0xa3, 'binary', 'RFC 9559 5.1.3.4'),
  BlockGroup: row(0xa0, 'master', 'RFC 9559 5.1.3.5'),
  Block: row(0xa1, 'binary', 'RFC 9559 5.1.3.5.1'),
  BlockAdditions: row(0x75a1, 'master', 'RFC 9559 5.1.3.5.2'),
  BlockMore: row(0xa6, 'master', 'RFC 9559 5.1.3.5.2.1'),
  BlockAdditional: row(0xa5, 'binary', 'RFC 9559 5.1.3.5.2.2'),
  BlockAddID: row(0xee, 'uinteger', 'RFC 9559 5.1.3.5.2.3'),
  BlockDuration: row(0x9b, 'uinteger', 'RFC 9559 5.1.3.5.3'),

  Tracks: row(0x1654ae6b, 'master', 'RFC 9559 5.1.4'),
  TrackEntry: row(0xae, 'master', 'RFC 9559 5.1.4.1'),
  TrackNumber: row(0xd7, 'uinteger', 'RFC 9559 5.1.4.1.1'),
  TrackUID: row(0x73c5, 'uinteger', 'RFC 9559 5.1.4.1.2'),
  TrackType: row(0x83, 'uinteger', 'RFC 9559 5.1.4.1.3'),
  FlagDefault: row(0x88, 'uinteger', 'RFC 9559 5.1.4.1.5'),
  FlagLacing: row(0x9c, 'uinteger', 'RFC 9559 5.1.4.1.12'),
  MaxBlockAdditionID: row(0x55ee, 'uinteger', 'RFC 9559 5.1.4.1.16'),
  Name: row(0x536e, 'utf-8', 'RFC 9559 5.1.4.1.18'),
  Language: row(0x22b59c, 'string', 'RFC 9559 5.1.4.1.19'),
  CodecID: row(0x86, 'string', 'RFC 9559 5.1.4.1.21'),
  Video: row(0xe0, 'master', 'RFC 9559 5.1.4.1.28'),
  FlagInterlaced: row(0x9a, 'uinteger', 'RFC 9559 5.1.4.1.28.1'),
  PixelWidth: row(0xb0, 'uinteger', 'RFC 9559 5.1.4.1.28.6'),
  PixelHeight: row(0xba, 'uinteger', 'RFC 9559 5.1.4.1.28.7'),
  Audio: row(0xe1, 'master', 'RFC 9559 5.1.4.1.29'),
  SamplingFrequency: row(0xb5, 'float', 'RFC 9559 5.1.4.1.29.1'),
  Channels: row(0x9f, 'uinteger', 'RFC 9559 5.1.4.1.29.3'),
  BitDepth: row(0x6264, 'uinteger', 'RFC 9559 5.1.4.1.29.4'),

  Cues: row(0x1c53bb6b, 'master', 'RFC 9559 5.1.5'),
  CuePoint: row(0xbb, 'master', 'RFC 9559 5.1.5.1'),
  CueTime: row(0xb3, 'uinteger', 'RFC 9559 5.1.5.1.1'),
  CueTrackPositions: row(0xb7, 'master', 'RFC 9559 5.1.5.1.2'),
  CueTrack: row(0xf7, 'uinteger', 'RFC 9559 5.1.5.1.2.1'),
  CueClusterPosition: row(0xf1, 'uinteger', 'RFC 9559 5.1.5.1.2.2'),
  CueRelativePosition: row(0xf0, 'uinteger', 'RFC 9559 5.1.5.1.2.3'),
  CueDuration: row(0xb2, 'uinteger', 'RFC 9559 5.1.5.1.2.4'),

  Tags: row(0x1254c367, 'master', 'RFC 9559 5.1.8'),
  Tag: row(0x7373, 'master', 'RFC 9559 5.1.8.1'),
  Targets: row(0x63c0, 'master', 'RFC 9559 5.1.8.1.1'),
  TagTrackUID: row(0x63c5, 'uinteger', 'RFC 9559 5.1.8.1.1.3'),
  SimpleTag: row(0x67c8, 'master', 'RFC 9559 5.1.8.1.2'),
  TagName: row(0x45a3, 'utf-8', 'RFC 9559 5.1.8.1.2.1'),
  TagString: row(0x4487, 'utf-8', 'RFC 9559 5.1.8.1.2.5'),
} as const satisfies Record<string, ElementRow>;

export type ElementName = keyof typeof ELEMENTS;

function row(id: number, type: ElementType, source: string): ElementRow {
  return { id, type, source };
}
