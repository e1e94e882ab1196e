/**
 * A film on its way to an encoder: uncompressed pictures and sound in one Matroska stream, so that one
 * pipe carries both and neither can wait for the other. Owns that stream's bytes; runs no encoder.
 */
import { MIX_CHANNELS, MIX_RATE_HZ } from '../../../playback/output.js';
import {
  UNKNOWN_SIZE,
  encodeId,
  encodeSize,
  float,
  master,
  text,
  uinteger,
} from '../matroska/ebml.js';

const PICTURES = 1;
const SOUND = 2;
/** ColourSpace (RFC 9559, 5.1.4.1.28.15), not in the shared table since no recording has it. */
const COLOUR_SPACE = Buffer.from('2eb52484', 'hex');
/** Three bytes a pixel, as FFmpeg names it: "RGB" and 24. */
const RGB24 = Buffer.from([0x52, 0x47, 0x42, 24]);
const FLAGS_KEYFRAME = 0x80;

/** What stands before the first cluster. */
export function rawFilmHead(width: number, height: number, hasSound: boolean): Buffer {
  const pictures = [
    ...trackStart(PICTURES, 1, 'V_UNCOMPRESSED'),
    master('Video', [
      uinteger('PixelWidth', width),
      uinteger('PixelHeight', height),
      Buffer.concat([COLOUR_SPACE, RGB24]),
    ]),
  ];
  const sound = [
    ...trackStart(SOUND, 2, 'A_PCM/INT/LIT'),
    master('Audio', [
      float('SamplingFrequency', MIX_RATE_HZ),
      uinteger('Channels', MIX_CHANNELS),
      uinteger('BitDepth', 16),
    ]),
  ];
  return Buffer.concat([
    master('EBML', [
      text('DocType', 'matroska'),
      uinteger('DocTypeVersion', 2),
      uinteger('DocTypeReadVersion', 2),
    ]),
    encodeId('Segment'),
    UNKNOWN_SIZE,
    master('Info', [
      uinteger('TimestampScale', 1_000_000),
      text('MuxingApp', 'meet'),
      text('WritingApp', 'meet'),
    ]),
    master('Tracks', [
      master('TrackEntry', pictures),
      ...(hasSound ? [master('TrackEntry', sound)] : []),
    ]),
  ]);
}

/** One picture or piece of sound in a cluster of its own: what stands before its bytes. */
export function rawFilmBlock(kind: 'picture' | 'sound', atMs: number, bytes: number): Buffer {
  const head = Buffer.from([0x80 | (kind === 'picture' ? PICTURES : SOUND), 0, 0, FLAGS_KEYFRAME]);
  const size = encodeSize(head.length + bytes);
  const block = Buffer.concat([encodeId('SimpleBlock'), size, head]);
  const timestamp = uinteger('Timestamp', Math.max(0, Math.round(atMs)));
  return Buffer.concat([
    encodeId('Cluster'),
    encodeSize(timestamp.length + block.length + bytes),
    timestamp,
    block,
  ]);
}

function trackStart(number: number, type: number, codec: string): Buffer[] {
  return [
    uinteger('TrackNumber', number),
    uinteger('TrackUID', number),
    uinteger('TrackType', type),
    uinteger('FlagLacing', 0),
    text('CodecID', codec),
  ];
}
