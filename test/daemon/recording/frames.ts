/**
 * Frames for the recorder's tests: real JPEGs made once, tones, and silence of any size.
 */
import sharp from 'sharp';
import type { Frame } from '../../../src/transport/frame.js';
import { makeFrame } from '../../../src/transport/frame.js';
import type {
  PictureFormat,
  PictureKind,
  SoundFormat,
} from '../../../src/transport/stream-kind.js';
import { STARTED_AT_US } from '../../setup/manual-clock.js';

export const PICTURE: PictureFormat = { codec: 'jpeg', width: 64, height: 48, fps: 15 };
export { STARTED_AT_US };
export const SOUND: SoundFormat = { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 2 };

/** A real JPEG of noise, some 2 to 3 kB. */
export async function jpeg(width = 64, height = 48): Promise<Buffer> {
  const raw = Buffer.alloc(width * height * 3);
  for (let at = 0; at < raw.length; at += 1) raw[at] = (at * 7919) % 251;
  return sharp(raw, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer();
}

export function pictureFrame(kind: PictureKind, sequence: number, payload?: Buffer): Frame {
  const capturedAtUs = STARTED_AT_US + sequence * 66_667;
  const parts = { kind, sequence, capturedAtUs, encodedAfterUs: 1234 };
  return makeFrame(payload === undefined ? parts : { ...parts, payload });
}

/** A chunk of 16-bit stereo; each sample is the number of its place, so that order shows. */
export function soundFrame(sequence: number, sampleFrames = 882): Frame {
  const payload = Buffer.alloc(sampleFrames * 4);
  for (let at = 0; at < sampleFrames * 2; at += 1) {
    payload.writeInt16LE(((sequence * sampleFrames * 2 + at) % 60_000) - 30_000, at * 2);
  }
  const capturedAtUs = STARTED_AT_US + sequence * 20_000;
  return makeFrame({ kind: 'audio', sequence, capturedAtUs, payload });
}
