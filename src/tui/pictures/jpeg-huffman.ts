/**
 * Huffman tables of a JPEG as arrays that are looked up by the next bits (ITU-T T.81, annex C). Owns
 * their making and the few that were made last; reads no picture.
 *
 * ffmpeg makes new tables for each picture, so that they are small: 11 bits find all codes but the
 * rarest, which are searched for by their length.
 */

/** No code is longer (T.81, B.2.4.2). */
export const CODE_BITS_MAX = 16;
/** Bits that the arrays are looked up by. */
export const LOOKUP_BITS = 11;
/** How far the first coefficient beyond a block is: what an end of block advances by. */
export const BLOCK_END = 64;

/**
 * Entries: bits that they take in the lowest 5; above, how far they advance in a block; above that,
 * of a single one how many of the bits are its value's, and of many whether they end the block.
 * 0: no such code.
 */
export const ENTRY_BITS_MASK = 0x1f;
export const ENTRY_ADVANCE_SHIFT = 5;
export const ENTRY_ADVANCE_MASK = 0x7f;
export const ENTRY_SIZE_SHIFT = 12;
export const ENTRY_ENDS = 0x1000;

/** Encoders with tables of their own use them for every picture. */
const KEPT_TABLES = 8;
/** Bits of a difference of 8-bit samples, at most (T.81, table F.1). */
const DIFFERENCE_BITS_MAX = 11;
/** ZRL: sixteen zeros (T.81, F.1.2.2.1). */
const SIXTEEN_ZEROS = 0xf0;
const LOOKUPS = 1 << LOOKUP_BITS;
const REST_BITS = CODE_BITS_MAX - LOOKUP_BITS;

/** The entry of a value whose code has so many bits; 0 for a value that must not be. */
type EntryOf = (value: number, codeBits: number) => number;

/** What both kinds have: one coefficient, or one difference, at a time. */
class CodeTable {
  /** By the next 11 bits; 0 where the code is longer. */
  readonly single = new Uint16Array(LOOKUPS);
  readonly #spec: Buffer;
  readonly #entryOf: EntryOf;

  constructor(spec: Buffer, entryOf: EntryOf) {
    this.#spec = spec;
    this.#entryOf = entryOf;
    eachCode(spec, LOOKUP_BITS, (code, bits, value) => {
      const first = code << (LOOKUP_BITS - bits);
      this.single.fill(entryOf(value, bits), first, first + (1 << (LOOKUP_BITS - bits)));
    });
  }

  /** The entry by the next 16 bits. */
  entry(next: number): number {
    const known = this.single[next >> REST_BITS] ?? 0;
    if (known !== 0) return known;
    let found = 0;
    eachCode(this.#spec, CODE_BITS_MAX, (code, bits, value) => {
      if (next >> (CODE_BITS_MAX - bits) === code) found = this.#entryOf(value, bits);
    });
    return found;
  }
}

export class DcTable extends CodeTable {
  /** By the next 11 bits, where they hold a whole difference: its bits, and above them itself. */
  readonly whole = new Int32Array(LOOKUPS);

  /** `spec`: 16 counts of codes by length, then their values. */
  constructor(spec: Buffer) {
    super(spec, differenceEntry);
    for (let bits = 0; bits < LOOKUPS; bits += 1) {
      const entry = this.single[bits] ?? 0;
      const size = entry >> ENTRY_SIZE_SHIFT;
      const used = entry & ENTRY_BITS_MASK;
      if (entry === 0 || used > LOOKUP_BITS) continue;
      const value = extended((bits >> (LOOKUP_BITS - used)) & ((1 << size) - 1), size);
      this.whole[bits] = used | (value << ENTRY_ADVANCE_SHIFT);
    }
  }
}

export class AcTable extends CodeTable {
  /** By the next 11 bits, as many whole coefficients as they hold, maybe with the end of block. */
  readonly many = new Uint16Array(LOOKUPS);

  constructor(spec: Buffer) {
    super(spec, coefficientEntry);
    for (let bits = 0; bits < LOOKUPS; bits += 1) this.many[bits] = this.#wholeOnes(bits);
  }

  #wholeOnes(bits: number): number {
    let used = 0;
    let advance = 0;
    for (;;) {
      const entry = this.single[(bits << used) & (LOOKUPS - 1)] ?? 0;
      const taken = entry & ENTRY_BITS_MASK;
      if (entry === 0 || used + taken > LOOKUP_BITS) return used | (advance << ENTRY_ADVANCE_SHIFT);
      used += taken;
      const by = (entry >> ENTRY_ADVANCE_SHIFT) & ENTRY_ADVANCE_MASK;
      if (by === BLOCK_END) return used | (advance << ENTRY_ADVANCE_SHIFT) | ENTRY_ENDS;
      advance += by;
      if (advance >= BLOCK_END) return 0;
    }
  }
}

/** Tables by the bytes that define them. */
export class HuffmanTables {
  readonly #dc = new Map<string, DcTable>();
  readonly #ac = new Map<string, AcTable>();

  /** Undefined where there are more codes than bits can tell. */
  dc(spec: Buffer): DcTable | undefined {
    return kept(this.#dc, spec, (own) => new DcTable(own));
  }

  ac(spec: Buffer): AcTable | undefined {
    return kept(this.#ac, spec, (own) => new AcTable(own));
  }
}

/** The value that `size` bits stand for (T.81, F.2.2.1: EXTEND). */
export function extended(bits: number, size: number): number {
  return size > 0 && bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

function kept<T>(tables: Map<string, T>, spec: Buffer, make: (spec: Buffer) => T): T | undefined {
  const key = spec.toString('latin1');
  const known = tables.get(key);
  if (known !== undefined) return known;
  if (!isWhole(spec)) return undefined;
  if (tables.size >= KEPT_TABLES) tables.clear();
  // Of its own: what a picture came in is used again.
  const made = make(Buffer.from(spec));
  tables.set(key, made);
  return made;
}

/** Codes are counted up, length by length (T.81, C.2). */
function eachCode(
  spec: Buffer,
  mostBits: number,
  use: (code: number, bits: number, value: number) => void,
): void {
  let code = 0;
  let at = CODE_BITS_MAX;
  for (let bits = 1; bits <= mostBits; bits += 1) {
    for (let left = spec[bits - 1] ?? 0; left > 0; left -= 1, code += 1, at += 1) {
      use(code, bits, spec[at] ?? 0);
    }
    code <<= 1;
  }
}

function isWhole(spec: Buffer): boolean {
  let fits = true;
  eachCode(spec, CODE_BITS_MAX, (code, bits) => {
    fits &&= code < 1 << bits;
  });
  return fits;
}

function differenceEntry(value: number, codeBits: number): number {
  return value > DIFFERENCE_BITS_MAX ? 0 : (codeBits + value) | (value << ENTRY_SIZE_SHIFT);
}

function coefficientEntry(value: number, codeBits: number): number {
  const size = value & 15;
  const advance = size > 0 ? 1 + (value >> 4) : value === SIXTEEN_ZEROS ? 16 : BLOCK_END;
  return (codeBits + size) | (advance << ENTRY_ADVANCE_SHIFT) | (size << ENTRY_SIZE_SHIFT);
}
