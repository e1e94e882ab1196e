/**
 * Keeps the mix within full scale. Owns its gain; never delays a sample.
 *
 * Below the knee nothing changes. Above, the gain follows the envelope of both channels at once, stays
 * as long as a low tone's peaks are apart, and comes back slowly: loud sound is turned down, and its waves
 * keep their tops.
 */
import { MIX_CHANNELS, MIX_RATE_HZ } from './output.js';

/** Where turning down begins, of full scale: -1.9 dB. */
const KNEE = 0.8;
/** Never reached, -1 dB: between two samples, or after AAC, a wave may go a little higher (EBU R 128). */
const CEILING = 0.891;
/** The envelope stays so long after a peak: peaks of a tone of 20 Hz are 25 ms apart. */
const HOLD_FRAMES = 0.03 * MIX_RATE_HZ;
/** How long the envelope takes to fall to 1 / e. */
const RELEASE_MS = 200;
const RELEASE = Math.exp(-1000 / (RELEASE_MS * MIX_RATE_HZ));

export class Limiter {
  #envelope = 0;
  /** Frames that it stays as it is. */
  #held = 0;

  /** Changes interleaved stereo in place; afterwards every sample is below full scale. */
  process(block: Float32Array): void {
    for (let index = 0; index < block.length; index += MIX_CHANNELS) {
      const left = block[index] ?? 0;
      const right = block[index + 1] ?? 0;
      const peak = Math.max(Math.abs(left), Math.abs(right));
      this.#follow(peak);
      if (this.#envelope <= KNEE) continue;
      const gain = softened(this.#envelope) / this.#envelope;
      block[index] = left * gain;
      block[index + 1] = right * gain;
    }
  }

  #follow(peak: number): void {
    if (peak >= this.#envelope) {
      this.#envelope = peak;
      this.#held = HOLD_FRAMES;
    } else if (this.#held > 0) this.#held -= 1;
    else this.#envelope = Math.max(peak, this.#envelope * RELEASE);
  }
}

/** The ceiling is reached by infinitely loud sound only. */
function softened(envelope: number): number {
  const room = CEILING - KNEE;
  return KNEE + room * Math.tanh((envelope - KNEE) / room);
}
