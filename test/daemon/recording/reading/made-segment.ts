/**
 * Segments as the recorder's own encoder makes them, whole in memory: what each test damages in its
 * own way.
 */
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SegmentMuxer } from '../../../../src/daemon/recording/matroska/segment-muxer.js';
import type { TimedBlock } from '../../../../src/daemon/recording/matroska/segment-muxer.js';
import { STARTED_AT_US } from '../../../setup/manual-clock.js';

export { STARTED_AT_US };
export const SOUND = { codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 1 } as const;

export interface MadeSegment {
  readonly participant?: string;
  readonly number?: number;
  readonly startedAtUs?: number;
  /** One append each: at most half a second. */
  readonly appends: readonly (readonly TimedBlock[])[];
  readonly size?: { readonly width: number; readonly height: number };
  readonly isClosed?: boolean;
}

/** The bytes of a segment, and where each of its clusters begins. */
export function makeSegment(made: MadeSegment): { bytes: Buffer; clusters: number[] } {
  const { participant = 'Anna', number = 1, startedAtUs = STARTED_AT_US } = made;
  const muxer = new SegmentMuxer({
    ...{ uuid: Buffer.alloc(16, number), startedAtUs, writingApp: 'meet test', participant },
    ...{ room: 'main', meeting: '20261123T121530Z', number },
  });
  const size = made.size ?? { width: 16, height: 16 };
  const tracks = new Set(made.appends.flat().map(({ track }) => track));
  if (tracks.has('screen')) muxer.addTrack('screen', size);
  if (tracks.has('video')) muxer.addTrack('video', size);
  if (tracks.has('audio')) muxer.addTrack('audio', SOUND);
  if (tracks.has('events')) muxer.addTrack('events', true);
  const pieces: Buffer[] = [];
  const clusters: number[] = [];
  for (const blocks of made.appends) {
    clusters.push(muxer.fileBytes);
    const append = muxer.append(blocks);
    pieces.push(...append.buffers);
    muxer.written(append);
  }
  if (made.isClosed === false) return { bytes: Buffer.concat([muxer.head(), ...pieces]), clusters };
  const none = { frames: 0, bytes: 0, dropped: 0, unchanged: 0 };
  const counts = { screen: none, video: none, audio: none, events: none };
  const { head, tail } = muxer.end(counts);
  return { bytes: Buffer.concat([head, ...pieces, ...tail]), clusters };
}

/** `count` appends of half a second: five pictures of the screen that look like JPEGs, and sound. */
export function halfSeconds(count: number, fromUs = STARTED_AT_US): TimedBlock[][] {
  return Array.from({ length: count }, (_, half) =>
    Array.from({ length: 5 }, (_, at) => {
      const atUs = fromUs + (half * 5 + at) * 100_000;
      return [
        { track: 'screen', atUs, payload: likeJpeg(half * 5 + at) },
        { track: 'audio', atUs, payload: Buffer.alloc(9600, half + 1) },
      ] satisfies TimedBlock[];
    }).flat(),
  );
}

/** Begins and ends like a JPEG, and is none. */
export function likeJpeg(number: number): Buffer {
  const middle = Buffer.alloc(400, (number % 200) + 1);
  return Buffer.concat([Buffer.from('ffd8', 'hex'), middle, Buffer.from('ffd9', 'hex')]);
}

/** Writes a file and its folders; `ageSeconds`: how long ago it was written to, by its time. */
export async function place(path: string, bytes: Buffer, ageSeconds = 3600): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  const atSeconds = Date.now() / 1000 - ageSeconds;
  await utimes(path, atSeconds, atSeconds);
  return path;
}
