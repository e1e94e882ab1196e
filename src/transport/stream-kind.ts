/**
 * The three kinds of stream: their names, numbers on the wire and default ports. Owns this table
 * and nothing else.
 */

/** In the order in which ports are written: SCREEN,VIDEO,AUDIO. */
export const STREAM_KINDS = ['screen', 'video', 'audio'] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];

/** A kind whose frames are pictures. */
export type PictureKind = 'screen' | 'video';

/** Kind numbers of the preamble (meet-protocol(7)). */
export const KIND_NUMBER: Readonly<Record<StreamKind, number>> = { screen: 1, video: 2, audio: 3 };

/** Ports that scripts and the older programs rely on. */
export const DEFAULT_PORTS: Readonly<Record<StreamKind, number>> = {
  screen: 5051,
  video: 9999,
  audio: 5052,
};

export function kindFromNumber(number: number): StreamKind | undefined {
  return STREAM_KINDS.find((kind) => KIND_NUMBER[kind] === number);
}

/** How a stream's payloads are to be read. `fps` is the most that is sent in a second. */
export interface PictureFormat {
  readonly codec: 'jpeg';
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** PCM, signed 16 bits, little-endian, channels interleaved. */
export interface SoundFormat {
  readonly codec: 'pcm-s16le';
  readonly sampleRateHz: number;
  readonly channels: number;
}

export type StreamFormat = PictureFormat | SoundFormat;
