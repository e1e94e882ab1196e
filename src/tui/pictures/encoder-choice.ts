/**
 * The encoder for a mode on a given terminal. Owns which parts each one is built of; draws nothing.
 */
import type { BlockShape } from './block-cells.js';
import { blockEncoder } from './block-cells.js';
import { BRAILLE } from './braille.js';
import { halfEncoder } from './half.js';
import { iterm2Encoder } from './iterm2.js';
import { kittyEncoder, wrapForTmux } from './kitty.js';
import type { CellEncoder, PictureEncoder } from './picture-encoder.js';
import type { ColourDepth, EncoderMode, PictureMode } from './picture-mode.js';
import { QUADRANT } from './quadrant.js';
import { SEXTANT } from './sextant.js';
import type { SharedMemory } from './shared-memory.js';
import { sixelEncoder } from './sixel.js';
import { WHOLE } from './whole.js';

/** What the choice depends on; TerminalCapabilities has all of it. */
export interface EncoderTerms {
  readonly colours: ColourDepth;
  /** Modes that work, best first. */
  readonly able: readonly EncoderMode[];
  readonly kittySharedMemory: boolean;
  readonly kittyPlaceholders: boolean;
  /** Else every character is ASCII. */
  readonly utf8: boolean;
}

/** What `auto` stands for; `none` where nothing works. */
export function resolveMode(
  mode: PictureMode,
  able: readonly EncoderMode[],
): Exclude<PictureMode, 'auto'> {
  return mode === 'auto' ? (able[0] ?? 'none') : mode;
}

/** Each mode's one encoder, made when it is first asked for. */
export class EncoderChoice {
  readonly #terms: EncoderTerms;
  readonly #memory: SharedMemory | undefined;
  readonly #made = new Map<EncoderMode, PictureEncoder>();

  constructor(terms: EncoderTerms, memory: SharedMemory | undefined) {
    this.#terms = terms;
    this.#memory = memory;
  }

  encoderFor(mode: EncoderMode): PictureEncoder {
    const made = this.#made.get(mode) ?? this.#make(mode);
    this.#made.set(mode, made);
    return made;
  }

  /** The best encoder that draws with cells: what is partly covered is shown by it. */
  cellEncoder(): CellEncoder {
    for (const mode of this.#terms.able) {
      const encoder = this.encoderFor(mode);
      if (encoder.kind === 'cells') return encoder;
    }
    return this.#cells(undefined);
  }

  /** Half blocks where no shape is given. */
  #cells(shape: BlockShape | undefined): CellEncoder {
    const { colours, utf8 } = this.#terms;
    if (!utf8) return blockEncoder(WHOLE, colours);
    return shape === undefined ? halfEncoder(colours) : blockEncoder(shape, colours);
  }

  #make(mode: EncoderMode): PictureEncoder {
    const { kittySharedMemory, kittyPlaceholders } = this.#terms;
    switch (mode) {
      case 'sextant':
        return this.#cells(SEXTANT);
      case 'quadrant':
        return this.#cells(QUADRANT);
      case 'braille':
        return this.#cells(BRAILLE);
      case 'half':
        return this.#cells(undefined);
      case 'sixel':
        return sixelEncoder;
      case 'iterm2':
        return iterm2Encoder;
      case 'kitty':
        return kittyEncoder({
          placeholders: kittyPlaceholders,
          ...(kittySharedMemory && this.#memory !== undefined ? { memory: this.#memory } : {}),
          ...(kittyPlaceholders ? { wrap: wrapForTmux } : {}),
        });
    }
  }
}
