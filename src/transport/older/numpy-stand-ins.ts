/**
 * What stands in for the five numpy and codecs functions that an array's pickle names. Owns the
 * allow-list and the checks of their arguments; runs nothing that a pickle names, holds no pixels of
 * its own.
 *
 * Layouts: numpy's `ndarray.__reduce__`, `ndarray.__reduce_ex__` (protocol 5), `dtype.__reduce__`
 * (numpy/_core/src/multiarray/methods.c and descriptor.c), Python's Lib/pickle.py for bytes in
 * protocol 2.
 */
import { PickledBytes, refused } from './pickle-reader.js';

/** The array as it was pickled: checked in form, not yet in size. */
export interface PickledArray {
  readonly shape: readonly unknown[];
  /**
   * Which axis of the pixels as they lie, rows last, each axis of the shape is: (0, 1, 2) in C order,
   * (2, 1, 0) in Fortran order. Not checked yet.
   */
  readonly axes: readonly unknown[];
  /** Raw bytes, or a string whose code points are the bytes (protocol 2). */
  readonly pixels: PickledBytes | LatinText;
}

/** `_codecs.encode(text, 'latin1')`, not carried out: `text` is what the reader gave. */
export class LatinText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
    Object.freeze(this);
  }
}

/** numpy.dtype('u1'). Its state (byte order and so on) says nothing for single bytes. */
class Uint8Dtype {
  readonly __setstate__ = requireDtypeState;

  constructor() {
    Object.freeze(this);
  }
}

const C_ORDER: readonly unknown[] = [0, 1, 2];
const FORTRAN_ORDER: readonly unknown[] = [2, 1, 0];

/** What `_reconstruct` gives: an array that gets its shape and pixels by BUILD. */
export class UnbuiltArray {
  #built: PickledArray | undefined;

  constructor() {
    Object.freeze(this);
  }

  get built(): PickledArray {
    if (this.#built === undefined) throw refused('holds an array without pixels');
    return this.#built;
  }

  readonly __setstate__ = (state: unknown): void => {
    const [version, shape, dtype, fortranOrder, pixels, ...rest] = requireTuple(state);
    if (version !== 1 || rest.length > 0) throw refused('holds an array of an unknown version');
    if (typeof fortranOrder !== 'boolean') throw refused('holds an array of an unknown order');
    this.build(requireTuple(shape), dtype, fortranOrder ? FORTRAN_ORDER : C_ORDER, pixels);
  };

  build(
    shape: readonly unknown[],
    dtype: unknown,
    axes: readonly unknown[],
    pixels: unknown,
  ): void {
    if (!(dtype instanceof Uint8Dtype)) throw refused('holds an array without dtype uint8');
    if (!(pixels instanceof PickledBytes || pixels instanceof LatinText)) {
      throw refused('holds an array whose pixels are not bytes');
    }
    this.#built = { shape, axes, pixels };
  }
}

/** numpy.ndarray: only named, as an argument of `_reconstruct`. */
function ndarray(): never {
  throw refused('calls numpy.ndarray');
}

/** numpy._core.multiarray._reconstruct(ndarray, (0,), b'b') */
function reconstruct(...args: unknown[]): UnbuiltArray {
  const [type, shape, typeCode] = args;
  const [zero] = requireTuple(shape);
  const isBytes = typeCode instanceof PickledBytes || typeCode instanceof LatinText;
  if (args.length !== 3 || type !== ndarray || zero !== 0 || !isBytes) {
    throw refused('makes something other than a plain numpy array');
  }
  return new UnbuiltArray();
}

/**
 * numpy._core.numeric._frombuffer(bytearray, dtype, shape, 'C' or 'F'), and since numpy 2.4
 * (bytearray, dtype, shape, 'K', axes): the array of that shape with its axes in another order.
 */
function frombuffer(...args: unknown[]): UnbuiltArray {
  const [pixels, dtype, shape, order, axes, ...rest] = args;
  const array = new UnbuiltArray();
  if (order === 'K' && rest.length === 0) {
    const lying = requireTuple(shape);
    const turned = requireTuple(axes).map((axis) => lying[Number(axis)]);
    array.build(turned, dtype, requireTuple(axes), pixels);
  } else if (args.length === 4 && (order === 'C' || order === 'F')) {
    array.build(requireTuple(shape), dtype, order === 'C' ? C_ORDER : FORTRAN_ORDER, pixels);
  } else {
    throw refused('holds an array of an unknown order, expected C, F or K');
  }
  return array;
}

/** numpy.dtype('u1', False, True) */
function dtype(...args: unknown[]): Uint8Dtype {
  const [name] = args;
  if (name !== 'u1' && name !== '|u1') {
    const shown = typeof name === 'string' ? printable(name) : typeof name;
    throw refused(`holds an array of dtype ${shown}, expected uint8`);
  }
  if (args.length > 3) throw refused('holds a dtype with metadata');
  return new Uint8Dtype();
}

/** _codecs.encode(text, 'latin1') */
function encode(...args: unknown[]): LatinText {
  const [text, encoding] = args;
  if (args.length !== 2 || typeof text !== 'string' || encoding !== 'latin1') {
    throw refused('encodes something other than latin1');
  }
  return new LatinText(text);
}

type StandIn = (...args: unknown[]) => unknown;

/** numpy 2 has `_core` where numpy 1 has `core`. Frozen, so that BUILD cannot write to them. */
const ALLOWED: ReadonlyMap<string, StandIn> = new Map<string, StandIn>([
  ['numpy._core.multiarray _reconstruct', Object.freeze(reconstruct)],
  ['numpy.core.multiarray _reconstruct', Object.freeze(reconstruct)],
  ['numpy._core.numeric _frombuffer', Object.freeze(frombuffer)],
  ['numpy.core.numeric _frombuffer', Object.freeze(frombuffer)],
  ['numpy ndarray', Object.freeze(ndarray)],
  ['numpy dtype', Object.freeze(dtype)],
  ['_codecs encode', Object.freeze(encode)],
]);

/** The stand-in of a global. Throws MEET_PICKLE_REFUSED for all others, naming it. */
export function standIn(module: unknown, name: unknown): StandIn {
  const found = ALLOWED.get(`${String(module)} ${String(name)}`);
  if (found !== undefined) return found;
  throw refused(
    `names ${printable(String(module))}.${printable(String(name))}, which is never run`,
  );
}

/** (3, '|', None, None, None, -1, -1, 0); a ninth item would be metadata. */
function requireDtypeState(state: unknown): void {
  const [, order, subarray, names, fields] = requireTuple(state);
  const plain = subarray === null && names === null && fields === null;
  if (requireTuple(state).length !== 8 || order !== '|' || !plain) {
    throw refused('holds a dtype with fields or metadata, expected plain uint8');
  }
}

function requireTuple(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw refused('has a value that is not a tuple where numpy writes one');
}

/** What a peer wrote, safe to print: at most 64 characters of ASCII. */
function printable(text: string): string {
  return text.slice(0, 64).replaceAll(/[^ -~]/g, '?');
}
