/**
 * Sizes of sound: 20 ms frames of PCM s16le. Owns this arithmetic and the rate that we ask devices
 * for; reads nothing.
 *
 * Devices are asked for 48000 Hz: it is the rate that sound servers and cards run at (44100 Hz is
 * converted by them, so 440 Hz stays 440 Hz), that Opus takes, and 20 ms of it are 960 whole samples.
 * A sound server's source keeps its channels up to two; where the device's channels aren't known at
 * no cost (ALSA, sox, ffmpeg's systems) one channel is asked for, and what is below mixes it.
 */
import type { SoundFormat } from '../../transport/stream-kind.js';

/** Frames in a second: 20 ms each. */
export const FRAMES_PER_SECOND = 50;
export const FRAME_MS = 1000 / FRAMES_PER_SECOND;

/** Rate that devices and ffmpeg are asked for. */
export const DEVICE_RATE_HZ = 48_000;

/** The format that a device is asked for. `channels` of the device: more than two become two. */
export function deviceFormat(channels: number): SoundFormat {
  return {
    codec: 'pcm-s16le',
    sampleRateHz: DEVICE_RATE_HZ,
    channels: Math.min(2, Math.max(1, channels)),
  };
}

/** Bytes of one sample of all channels. */
export function sampleBytes(format: SoundFormat): number {
  return format.channels * 2;
}

/** Samples of each channel in 20 ms. Whole only for rates that are a multiple of 50 Hz. */
export function frameSamples(format: SoundFormat): number {
  return format.sampleRateHz / FRAMES_PER_SECOND;
}

/** Bytes of a frame of 20 ms. */
export function frameBytes(format: SoundFormat): number {
  return frameSamples(format) * sampleBytes(format);
}
