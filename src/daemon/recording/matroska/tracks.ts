/**
 * The tracks of a recording: their fixed numbers and how each is described. Owns the TrackEntry
 * elements; knows no blocks.
 */
import type { PictureSize } from '../../../transport/jpeg-header.js';
import type { PictureKind, SoundFormat, StreamKind } from '../../../transport/stream-kind.js';
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

/** The TrackEntry of each track that `formats` has. */
export function trackEntries(formats: TrackFormats): Buffer[] {
  const { screen, video, audio, events } = formats;
  return [
    ...(screen === undefined ? [] : [pictureEntry('screen', 'screen', screen)]),
    ...(video === undefined ? [] : [pictureEntry('video', 'camera', video)]),
    ...(audio === undefined ? [] : [soundEntry(audio)]),
    ...(events === undefined ? [] : [eventsEntry()]),
  ];
}

function pictureEntry(kind: PictureKind, name: string, size: PictureSize): Buffer {
  return entry(kind, TYPE_VIDEO, name, 'V_MJPEG', [
    master('Video', [
      uinteger('FlagInterlaced', PROGRESSIVE),
      uinteger('PixelWidth', size.width),
      uinteger('PixelHeight', size.height),
    ]),
  ]);
}

function soundEntry({ sampleRateHz, channels }: SoundFormat): Buffer {
  return entry('audio', TYPE_AUDIO, 'sound', 'A_PCM/INT/LIT', [
    master('Audio', [
      float('SamplingFrequency', sampleRateHz),
      uinteger('Channels', channels),
      uinteger('BitDepth', 16),
    ]),
  ]);
}

function eventsEntry(): Buffer {
  return entry('events', TYPE_SUBTITLE, 'meeting', 'S_TEXT/UTF8', [
    uinteger('MaxBlockAdditionID', 1),
  ]);
}

function entry(
  kind: TrackKind,
  type: number,
  name: string,
  codec: string,
  more: readonly Buffer[],
): Buffer {
  return master('TrackEntry', [
    uinteger('TrackNumber', TRACK_NUMBER[kind]),
    uinteger('TrackUID', TRACK_NUMBER[kind]),
    uinteger('TrackType', type),
    uinteger('FlagLacing', 0),
    text('Name', name),
    text('Language', 'und'),
    text('CodecID', codec),
    ...more,
  ]);
}
