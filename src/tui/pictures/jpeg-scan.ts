/**
 * The scan of a JPEG read at an eighth of its size: of each block of 8x8 samples only the mean, which
 * is its first coefficient; all others are passed over by table. Owns the planes, which are used again
 * for the next picture.
 *
 * ITU-T T.81, annexes A and F.
 */
import type { AcTable, DcTable } from './jpeg-huffman.js';
import {
  BLOCK_END,
  CODE_BITS_MAX,
  ENTRY_ADVANCE_MASK,
  ENTRY_ADVANCE_SHIFT,
  ENTRY_BITS_MASK,
  ENTRY_ENDS,
  ENTRY_SIZE_SHIFT,
  LOOKUP_BITS,
  extended,
} from './jpeg-huffman.js';
import type { JpegComponent, JpegLayout } from './jpeg-layout.js';
import type { Plane } from './plane-scaling.js';
import { ScanBits, sixteen } from './scan-bits.js';

/** A mean of 8x8 samples is an eighth of the first coefficient (T.81, A.3.3). */
const MEAN = 1 / 8;
const MIDDLE = 128;
/** Beyond the bits of any picture: a code came that there is not. */
const LOST = 1 << 29;
const REST_BITS = CODE_BITS_MAX - LOOKUP_BITS;

/** A plane while it is read. */
interface Reading extends Plane {
  readonly component: JpegComponent;
  /** Blocks of it in a unit, across and down. */
  readonly across: number;
  readonly down: number;
  /** The first coefficient of the block before. */
  last: number;
  /** A block's mean is its first coefficient by this. */
  readonly scale: number;
}

export class JpegScan {
  readonly #scan = new ScanBits();
  /** Where the next bit is. */
  #bit = 0;
  readonly #samples: Float32Array[] = [];

  /**
   * A plane for each component, a sample a block; valid until the next call. Undefined when the scan
   * is damaged or ends too soon.
   */
  read(jpeg: Buffer, layout: JpegLayout): Plane[] | undefined {
    const { unitsAcross, unitsDown } = layout.units;
    const planes = layout.components.map((component, index) =>
      this.#plane(component, index, layout),
    );
    this.#scan.take(jpeg, layout.scanAt);
    this.#bit = 0;
    for (let row = 0, unit = 0; row < unitsDown; row += 1) {
      for (let column = 0; column < unitsAcross; column += 1, unit += 1) {
        if (!this.#mayGoOn(planes, unit, layout.restartUnits)) return undefined;
        // By number: an iterator for each of some thousand units takes a tenth of the time.
        for (let index = 0; index < planes.length; index += 1) {
          const plane = planes[index];
          if (plane !== undefined && !this.#unit(plane, column, row)) return undefined;
        }
      }
    }
    return planes;
  }

  #plane(component: JpegComponent, index: number, { units, components }: JpegLayout): Reading {
    // A scan of one component has a block a unit, whatever its factors (T.81, A.2.2).
    const [across, down] = components.length === 1 ? [1, 1] : [component.across, component.down];
    const width = units.unitsAcross * across;
    const height = units.unitsDown * down;
    const kept = this.#samples[index];
    const isEnough = kept !== undefined && kept.length >= width * height;
    const samples = isEnough ? kept : new Float32Array(width * height);
    this.#samples[index] = samples;
    const scale = (component.quantizers[0] ?? 1) * MEAN;
    return { width, height, samples, component, across, down, last: 0, scale };
  }

  /** Before each unit; false when a restart is due and not there. */
  #mayGoOn(planes: readonly Reading[], unit: number, restartUnits: number): boolean {
    if (restartUnits === 0 || unit === 0 || unit % restartUnits !== 0) return true;
    const at = this.#scan.restartBit(unit / restartUnits - 1);
    if (at === undefined || this.#bit > at) return false;
    this.#bit = at;
    for (const plane of planes) plane.last = 0;
    return true;
  }

  /** The blocks of a component in one unit; false when they are damaged or beyond the end. */
  #unit(plane: Reading, column: number, row: number): boolean {
    const { across, down, width, samples } = plane;
    const { dc, ac } = plane.component;
    const { view, endBit } = this.#scan;
    let bit = this.#bit;
    for (let y = 0; y < down; y += 1) {
      const line = (row * down + y) * width + column * across;
      for (let x = 0; x < across; x += 1) {
        const known = dc.whole[sixteen(view, bit) >> REST_BITS] ?? 0;
        if (known === 0) {
          const long = longDifference(view, bit, dc);
          if (long === undefined) return false;
          plane.last += long.difference;
          bit += long.bits;
        } else {
          plane.last += known >> ENTRY_ADVANCE_SHIFT;
          bit += known & ENTRY_BITS_MASK;
        }
        bit = passOver(view, bit, ac);
        if (bit > endBit) return false;
        samples[line + x] = plane.last * plane.scale + MIDDLE;
      }
    }
    this.#bit = bit;
    return true;
  }
}

/** Undefined: there is no such code. */
function longDifference(
  view: DataView,
  bit: number,
  dc: DcTable,
): { readonly difference: number; readonly bits: number } | undefined {
  const entry = dc.entry(sixteen(view, bit));
  if (entry === 0) return undefined;
  const size = entry >> ENTRY_SIZE_SHIFT;
  const bits = entry & ENTRY_BITS_MASK;
  const value = sixteen(view, bit + bits - size) >> (CODE_BITS_MAX - size);
  return { difference: extended(value, size), bits };
}

/** Passes over the rest of a block; returns the bit that follows, or one beyond all. */
function passOver(view: DataView, from: number, ac: AcTable): number {
  const { many } = ac;
  let bit = from;
  let place = 1;
  while (place < BLOCK_END) {
    const next = sixteen(view, bit);
    const entry = many[next >> REST_BITS] ?? 0;
    const after = place + ((entry >> ENTRY_ADVANCE_SHIFT) & ENTRY_ADVANCE_MASK);
    if ((entry & ENTRY_BITS_MASK) !== 0 && after < BLOCK_END) {
      bit += entry & ENTRY_BITS_MASK;
      if ((entry & ENTRY_ENDS) !== 0) return bit;
      place = after;
      continue;
    }
    // A long one, or one that may be the last: what follows it is the next block's.
    const one = ac.entry(next);
    if (one === 0) return LOST;
    bit += one & ENTRY_BITS_MASK;
    place += (one >> ENTRY_ADVANCE_SHIFT) & ENTRY_ADVANCE_MASK;
  }
  return bit;
}
