/**
 * Sound that can be written: its format is known and it is a whole number of samples. Owns that
 * test; writes nothing.
 */
import type { SoundFormat } from '../../transport/stream-kind.js';
import type { Waiting } from './frame-queue.js';
import { isWavFormat, sampleFrameBytes } from './wav-header.js';

export interface SoundChunk {
  readonly item: Waiting;
  readonly format: SoundFormat;
}

/** The chunk of a frame of sound, or why it can't be written so that a WAV stays readable. */
export function soundChunk(item: Waiting): SoundChunk | 'no-format' | 'malformed' {
  const { format, frame } = item;
  if (format?.codec !== 'pcm-s16le' || !isWavFormat(format)) return 'no-format';
  if (frame.payload.length % sampleFrameBytes(format) !== 0) return 'malformed';
  return { item, format };
}

export function sameSoundFormat(one: SoundFormat, other: SoundFormat): boolean {
  return (
    one === other || (one.sampleRateHz === other.sampleRateHz && one.channels === other.channels)
  );
}
