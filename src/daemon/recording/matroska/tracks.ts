/**
 * The tracks of a recording: their fixed numbers and how each is described. Owns the TrackEntry
 * elements; knows no blocks.
 */
import type { PictureSize } from '../../../transport/jpeg-header.js';
import type { SoundFormat, StreamKind } from '../../../transport/stream-kind.js';
import { float, master, text, uinteger } from './ebml.js';

/** What has a track: the three kinds of streams, and what was said and done. */
export type TrackKind = StreamKind | 'events';

/** TrackNumber and TrackUID. Never 0 (RFC 9559 5.1.4.1.1, 5.1.4.1.2); below 127: one byte in a block. */
export const TRACK_NUMBER: Readonly<Record<TrackKind, number>> = {
  screen: 1,
  video: 2,
  audio: 3,
  events: 4,
};

/** In the order of their numbers. */
export const TRACK_KINDS: readonly TrackKind[] = ['screen', 'video', 'audio', 'events'];

/** TrackType (RFC 9559 5.1.4.1.3, table 4). */
const TYPE_VIDEO = 1;
const TYPE_AUDIO = 2;
const TYPE_SUBTITLE = 17;
/** FlagInterlaced: progressive (RFC 9559 5.1.4.1.28.1). */
const PROGRESSIVE = 2;

/** How the tracks that there are so far are to be read. */
export interface TrackFormats {
  readonly screen?: PictureSize;
  readonly video?: PictureSize;
  readonly audio?: SoundFormat;
  readonly events?: true;
}

/** What tells a track from the others of its file. */
export interface TrackIdentity {
  /** TrackNumber and TrackUID. */
  readonly number: number;
  readonly name: string;
}

/** The TrackEntry of each track that `formats` has. */
export function trackEntries(formats: TrackFormats): Buffer[] {
  const { screen, video, audio, events } = formats;
  const of = (kind: TrackKind, name: string): TrackIdentity => ({
    number: TRACK_NUMBER[kind],
    name,
  });
  return [
    ...(screen === undefined ? [] : [pictureEntry(of('screen', 'screen'), screen)]),
    ...(video === undefined ? [] : [pictureEntry(of('video', 'camera'), video)]),
    ...(audio === undefined ? [] : [soundEntry(of('audio', 'sound'), audio)]),
    ...(events === undefined ? [] : [eventsEntry(of('events', 'meeting'))]),
  ];
}

/** The TrackEntry of JPEGs; `size`: of the first one. */
export function pictureEntry(track: TrackIdentity, { width, height }: PictureSize): Buffer {
  return entry(track, TYPE_VIDEO, 'V_MJPEG', [
    master('Video', [
      uinteger('FlagInterlaced', PROGRESSIVE),
      uinteger('PixelWidth', width),
      uinteger('PixelHeight', height),
    ]),
  ]);
}

/** The TrackEntry of sound, 16 bits a sample. */
export function soundEntry(track: TrackIdentity, { sampleRateHz, channels }: SoundFormat): Buffer {
  return entry(track, TYPE_AUDIO, 'A_PCM/INT/LIT', [
    master('Audio', [
      float('SamplingFrequency', sampleRateHz),
      uinteger('Channels', channels),
      uinteger('BitDepth', 16),
    ]),
  ]);
}

/** The TrackEntry of what was said and done. */
export function eventsEntry(track: TrackIdentity): Buffer {
  return entry(track, TYPE_SUBTITLE, 'S_TEXT/UTF8', [uinteger('MaxBlockAdditionID', 1)]);
}

function entry(
  { number, name }: TrackIdentity,
  type: number,
  codec: string,
  more: readonly Buffer[],
): Buffer {
  return master('TrackEntry', [
    uinteger('TrackNumber', number),
    uinteger('TrackUID', number),
    uinteger('TrackType', type),
    uinteger('FlagLacing', 0),
    text('Name', name),
    text('Language', 'und'),
    text('CodecID', codec),
    ...more,
  ]);
}
