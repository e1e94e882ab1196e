/**
 * What the pickle parser reads from: the bytes of one pickle behind an allow-list of opcodes and a
 * few bounds, so that nothing a peer sends makes the parser allocate, recurse or loop. Owns these
 * bounds; knows nothing of numpy and interprets nothing.
 *
 * The parser (pickleparser) trusts its input: marks, DUP and memos without end, LONG4 as a BigInt of
 * any size, `func(...args)` and `Object.assign(target, state)` with a string or bytes of 32 MiB, a
 * negative BINBYTES length that steps back. Here each opcode is counted and looked up before the
 * parser sees it, bytes reach it only as empty stand-ins, long strings only as short tokens.
 */
import type { Parser } from 'pickleparser';
import { MeetError } from '../errors.js';

type ParserReader = Parameters<Parser['read']>[0];

/** PROTO, and the protocols that numpy pictures are pickled with (Python's Lib/pickle.py). */
const PROTO = 0x80;
const PROTOCOL_LEAST = 2;
const PROTOCOL_MOST = 5;

/** Opcodes that `pickle.dumps` writes for an array with protocol 2 to 5 (Lib/pickletools.py). */
const OPCODES: ReadonlySet<number> = new Set([
  PROTO,
  ...Buffer.from('.(tNJKMcRbXBCqrhj', 'latin1'), // STOP MARK TUPLE NONE … LONG_BINGET
  ...[0x85, 0x86, 0x87], // TUPLE1 TUPLE2 TUPLE3
  ...[0x88, 0x89], // NEWTRUE NEWFALSE
  ...[0x8c, 0x8e, 0x93, 0x94, 0x95, 0x96], // SHORT_BINUNICODE BINBYTES8 STACK_GLOBAL MEMOIZE FRAME BYTEARRAY8
]);

/** A picture takes up to 66 (protocol 2, numpy 2.4). */
const OPCODES_MAX = 128;
/** The longest name is `numpy._core.multiarray`; a longer string is pixels (protocol 2). */
const NAME_MAX_BYTES = 64;
const LF = 0x0a;
/** No name of numpy's begins so; a peer that writes a token only names its own bytes. */
const TOKEN = '\0';

/**
 * Bytes of the pickle as the parser may hold them: an empty array that cannot be spread or copied,
 * with a view of the real ones beside it.
 */
export class PickledBytes extends Uint8Array {
  readonly #view: Buffer;

  constructor(view: Buffer) {
    super(0);
    this.#view = view;
  }

  /** A view of the pickle, not a copy. */
  get view(): Buffer {
    return this.#view;
  }
}

/** Throws MEET_PICKLE_REFUSED unless the first two bytes are PROTO 2 to 5. */
export function requirePickleStart(bytes: Buffer): void {
  const [opcode, protocol = 0] = bytes;
  if (opcode === PROTO && protocol >= PROTOCOL_LEAST && protocol <= PROTOCOL_MOST) return;
  const start = bytes.subarray(0, 2).toString('hex');
  throw refused(
    `begins with ${start === '' ? 'nothing' : start}, expected 80 and a protocol from 02 to 05`,
  );
}

export function refused(words: string, cause?: unknown): MeetError {
  return new MeetError(
    'MEET_PICKLE_REFUSED',
    `pickle ${words}; send pickle.dumps(frame) of a uint8 array of shape (height, width, 3)`,
    cause === undefined ? undefined : { cause },
  );
}

/** One pickle. Every method throws MEET_PICKLE_REFUSED when the pickle goes beyond a bound. */
export class PickleReader implements ParserReader {
  readonly #bytes: Buffer;
  readonly #texts: Buffer[] = [];
  #at = 0;
  #opcodes = 0;
  #opcodeNext = false;

  constructor(bytes: Buffer) {
    requirePickleStart(bytes);
    this.#bytes = bytes;
  }

  /** Bytes behind the ones read so far. */
  get leftBytes(): number {
    return this.#bytes.length - this.#at;
  }

  /** The UTF-8 behind a string that the parser was given, long or short. */
  textBytes(text: string): Buffer {
    if (!text.startsWith(TOKEN)) return Buffer.from(text, 'utf8');
    return this.#texts[Number(text.slice(TOKEN.length))] ?? Buffer.from(text, 'utf8');
  }

  /** The parser asks this once before each opcode, and nowhere else. */
  hasNext(): boolean {
    this.#opcodes += 1;
    if (this.#opcodes > OPCODES_MAX) throw refused(`has more than ${OPCODES_MAX} opcodes`);
    this.#opcodeNext = true;
    return this.leftBytes > 0;
  }

  byte(): number {
    const at = this.#at;
    const value = this.#take(1)[0] ?? 0;
    if (this.#opcodeNext && !OPCODES.has(value)) {
      throw refused(`has opcode 0x${value.toString(16)} at byte ${at}, which no picture needs`);
    }
    this.#opcodeNext = false;
    return value;
  }

  bytes(length: number): PickledBytes {
    return new PickledBytes(this.#take(length));
  }

  uint16(): number {
    return this.#take(2).readUInt16LE(0);
  }

  int32(): number {
    return this.#take(4).readInt32LE(0);
  }

  uint32(): number {
    return this.#take(4).readUInt32LE(0);
  }

  /** Beyond 2^53 it is not exact, but then it is a length that `bytes` refuses. */
  uint64(): number {
    const half = this.#take(8);
    return half.readUInt32LE(0) + half.readUInt32LE(4) * 0x1_0000_0000;
  }

  float64(): number {
    throw refused('holds a float');
  }

  skip(length: number): void {
    this.#take(length);
  }

  string(sizeBytes: number): string {
    const view = this.#take(sizeBytes);
    if (sizeBytes <= NAME_MAX_BYTES) return view.toString('utf8');
    this.#texts.push(view);
    return `${TOKEN}${this.#texts.length - 1}`;
  }

  line(): string {
    const end = this.#bytes.subarray(this.#at, this.#at + NAME_MAX_BYTES + 1).indexOf(LF);
    if (end === -1) throw refused(`has a name of more than ${NAME_MAX_BYTES} bytes`);
    const text = this.#take(end).toString('latin1');
    this.#take(1);
    return text;
  }

  #take(length: number): Buffer {
    if (length < 0 || length > this.leftBytes) {
      throw refused(`wants ${length} bytes at byte ${this.#at}, where ${this.leftBytes} are left`);
    }
    const from = this.#at;
    this.#at += length;
    return this.#bytes.subarray(from, this.#at);
  }
}
