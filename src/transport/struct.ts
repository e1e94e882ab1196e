/**
 * A struct codec after Python's `struct` module: a format string describes a fixed binary layout.
 * Owns packing and unpacking of numbers; knows nothing of what they mean.
 *
 * Supported: `>` (big-endian) or `<` (little-endian) first, then `B` u8, `H` u16, `I` u32, `Q` u64
 * and `Ns` N bytes. No padding, as in Python's standard sizes
 * (https://docs.python.org/3/library/struct.html#format-characters).
 */
import { MeetError } from './errors.js';

export type StructValue = number | Buffer;

interface Field {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly code: string;
}

export interface Struct {
  readonly format: string;
  readonly sizeBytes: number;
  /** Byte offset of each field, in order. */
  readonly offsets: readonly number[];
  pack(values: readonly StructValue[]): Buffer;
  packInto(target: Buffer, at: number, values: readonly StructValue[]): void;
  /** Throws MEET_FRAME_MALFORMED where a u64 is beyond 2^53-1, which no value of ours reaches. */
  unpack(source: Buffer, at?: number): StructValue[];
}

const SIZES: Readonly<Record<string, number>> = { B: 1, H: 2, I: 4, Q: 8 };

/** Compiles a format string such as `>4sBBH`. Throws MEET_INTERNAL for one it does not know. */
export function struct(format: string): Struct {
  const little = format.startsWith('<');
  const fields = parseFields(format);
  const last = fields.at(-1);
  const sizeBytes = last === undefined ? 0 : last.offset + last.sizeBytes;
  const packInto = (target: Buffer, at: number, values: readonly StructValue[]): void => {
    if (values.length !== fields.length) {
      throw new MeetError(
        'MEET_INTERNAL',
        `struct ${format} takes ${fields.length} values, got ${values.length}`,
      );
    }
    fields.forEach((field, index) => {
      writeField(target, at, field, values[index] ?? 0, little);
    });
  };
  return {
    format,
    sizeBytes,
    offsets: fields.map((field) => field.offset),
    packInto,
    pack(values) {
      const target = Buffer.alloc(sizeBytes);
      packInto(target, 0, values);
      return target;
    },
    unpack: (source, at = 0) => fields.map((field) => readField(source, at, field, little)),
  };
}

function parseFields(format: string): Field[] {
  if (!/^[<>](?:\d+s|[BHIQ])+$/.test(format)) {
    throw new MeetError('MEET_INTERNAL', `struct format "${format}" is not supported`);
  }
  let offset = 0;
  return [...format.matchAll(/(\d*)([BHIQs])/g)].map(([, count = '', code = '']) => {
    const sizeBytes = code === 's' ? Number(count) : (SIZES[code] ?? 0);
    const field = { offset, sizeBytes, code };
    offset += sizeBytes;
    return field;
  });
}

function writeField(
  target: Buffer,
  at: number,
  field: Field,
  value: StructValue,
  little: boolean,
): void {
  const where = at + field.offset;
  if (typeof value !== 'number') {
    value.copy(target, where, 0, field.sizeBytes);
  } else if (field.code === 'Q') {
    if (little) target.writeBigUInt64LE(BigInt(value), where);
    else target.writeBigUInt64BE(BigInt(value), where);
  } else if (little) target.writeUIntLE(value, where, field.sizeBytes);
  else target.writeUIntBE(value, where, field.sizeBytes);
}

function readField(source: Buffer, at: number, field: Field, little: boolean): StructValue {
  const where = at + field.offset;
  if (field.code === 's') return source.subarray(where, where + field.sizeBytes);
  if (field.code === 'Q') {
    const high = little ? source.readUInt32LE(where + 4) : source.readUInt32BE(where);
    const low = little ? source.readUInt32LE(where) : source.readUInt32BE(where + 4);
    const value = high * 0x1_0000_0000 + low;
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    throw new MeetError(
      'MEET_FRAME_MALFORMED',
      `a u64 field is ${value}, the most that is understood is ${Number.MAX_SAFE_INTEGER}`,
    );
  }
  return little
    ? source.readUIntLE(where, field.sizeBytes)
    : source.readUIntBE(where, field.sizeBytes);
}
