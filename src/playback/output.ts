/**
 * What sound is played through, as the mixer sees it. Owns the types; the outputs beside this file
 * satisfy them.
 *
 *   SoundRoom <── pull(block) ── output ──> program or nothing
 *
 * The output asks, since only it knows when its device wants more: nothing is mixed ahead of that.
 */

/** Rate at which everything is mixed and played. */
export const MIX_RATE_HZ = 48_000;
/** Channels of the mix, interleaved. */
export const MIX_CHANNELS = 2;
/** How much is mixed at a time. */
export const BLOCK_MS = 10;
/** Sample frames of a block. */
export const BLOCK_FRAMES = (MIX_RATE_HZ * BLOCK_MS) / 1000;

/**
 * Fills the whole of `block` with the next sound: interleaved stereo at 48 kHz, -1 to 1. Synchronous;
 * never throws.
 */
export type Pull = (block: Float32Array) => void;

export const OUTPUT_NAMES = ['pw-cat', 'pacat', 'aplay', 'speaker', 'null'] as const;
export type OutputName = (typeof OUTPUT_NAMES)[number];

/** An output that runs. */
export interface Output {
  /** What plays now; `null` while nothing does. */
  readonly name: OutputName;
  /** Idempotent; resolves when its program is gone and its timers are stopped. */
  close(): Promise<void>;
}
