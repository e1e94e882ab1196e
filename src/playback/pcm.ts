/**
 * Samples as bytes and as numbers. Owns the conversion between PCM s16le and interleaved stereo
 * floats; mixes nothing.
 */

const FULL_SCALE = 32_768;

/**
 * PCM s16le of one or two channels as interleaved stereo, -1 to 1; one channel goes to both sides.
 * Bytes beyond the last whole sample frame are left out.
 */
export function stereoOfPcm(pcm: Buffer, channels: number): Float32Array {
  const frames = Math.floor(pcm.length / (2 * channels));
  const stereo = new Float32Array(frames * 2);
  for (let frame = 0; frame < frames; frame += 1) {
    const left = pcm.readInt16LE(frame * channels * 2) / FULL_SCALE;
    stereo[frame * 2] = left;
    stereo[frame * 2 + 1] =
      channels === 1 ? left : pcm.readInt16LE(frame * channels * 2 + 2) / FULL_SCALE;
  }
  return stereo;
}

/** Samples of -1 to 1 as PCM s16le; what is beyond stays at full scale, it never wraps. */
export function pcmOfStereo(samples: Float32Array): Buffer {
  const pcm = Buffer.allocUnsafe(samples.length * 2);
  for (let index = 0; index < samples.length; index += 1) {
    const value = Math.round((samples[index] ?? 0) * (FULL_SCALE - 1));
    pcm.writeInt16LE(Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, value)), index * 2);
  }
  return pcm;
}
