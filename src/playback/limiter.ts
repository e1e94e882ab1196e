/**
 * Keeps the mix within full scale. Owns its gain; never delays a sample.
 *
 * Below the knee nothing changes. Above, the gain follows the envelope of both channels at once and
 * comes back slowly, so that loud sound is turned down rather than clipped.
 */
import { MIX_CHANNELS, MIX_RATE_HZ } from './output.js';

/** Where turning down begins, of full scale: -1.9 dB. */
const KNEE = 0.8;
/** How long the envelope takes to fall to 1 / e. */
const RELEASE_MS = 200;
const RELEASE = Math.exp(-1000 / (RELEASE_MS * MIX_RATE_HZ));

export class Limiter {
  #envelope = 0;

  /** Changes interleaved stereo in place; afterwards every sample is within -1 to 1. */
  process(block: Float32Array): void {
    for (let index = 0; index < block.length; index += MIX_CHANNELS) {
      const left = block[index] ?? 0;
      const right = block[index + 1] ?? 0;
      const peak = Math.max(Math.abs(left), Math.abs(right));
      this.#envelope = Math.max(peak, this.#envelope * RELEASE);
      if (this.#envelope <= KNEE) continue;
      const gain = softened(this.#envelope) / this.#envelope;
      block[index] = left * gain;
      block[index + 1] = right * gain;
    }
  }
}

/** Full scale is reached by infinitely loud sound only. */
function softened(envelope: number): number {
  return KNEE + (1 - KNEE) * Math.tanh((envelope - KNEE) / (1 - KNEE));
}
