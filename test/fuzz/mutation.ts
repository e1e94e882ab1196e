/**
 * Makes inputs for parsers: a valid one changed in a few places, or noise. Owns the ways in which
 * bytes are changed; knows no parser.
 */
import type { Random } from './random.js';

/** Inputs stay below this, whatever is inserted. */
const INPUT_MAX_BYTES = 4096;

/** Values at which length fields and counters break. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff] as const;
const EDGES_32 = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff, 0x0100_0001] as const;

/** One input: mostly a mutated member of the corpus, sometimes noise, sometimes a valid one. */
export function makeInput(random: Random, corpus: readonly Buffer[]): Buffer {
  const way = random.below(16);
  if (way === 0) return noise(random);
  const valid = random.pick(corpus);
  if (way === 1) return Buffer.from(valid);
  let input = Buffer.from(valid);
  const changes = 1 + (random.below(4) === 0 ? random.below(16) : random.below(3));
  for (let count = 0; count < changes; count += 1) input = change(random, input, corpus);
  return input;
}

function noise(random: Random): Buffer<ArrayBuffer> {
  const bytes = Buffer.allocUnsafe(random.below(random.below(8) === 0 ? 1024 : 48));
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = random.u32() >>> 13;
  return bytes;
}

function change(random: Random, input: Buffer, corpus: readonly Buffer[]): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(input);
  if (bytes.length === 0) return noise(random);
  const at = random.below(bytes.length);
  switch (random.below(9)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    case 1:
      bytes[at] = random.pick(EDGES);
      return bytes;
    case 2:
      bytes[at] = random.u32() >>> 9;
      return bytes;
    case 3:
      return edge32(random, bytes);
    case 4: // cut out a piece
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))]);
    case 5: // repeat a piece
      return grown(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - random.below(32))));
    case 6: // go on as another one does
      return spliced(random, bytes, at, random.pick(corpus));
    case 7: // end early
      return bytes.subarray(0, at);
    default: // put noise between
      return grown(bytes.subarray(0, at), Buffer.concat([noise(random), bytes.subarray(at)]));
  }
}

function edge32(random: Random, bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  if (bytes.length < 4) return bytes;
  const at = random.below(bytes.length - 3);
  const value = random.pick(EDGES_32);
  if (random.below(2) === 0) bytes.writeUInt32LE(value, at);
  else bytes.writeUInt32BE(value, at);
  return bytes;
}

function spliced(random: Random, bytes: Buffer, at: number, other: Buffer): Buffer<ArrayBuffer> {
  return grown(bytes.subarray(0, at), other.subarray(random.below(other.length + 1)));
}

function grown(head: Buffer, tail: Buffer): Buffer<ArrayBuffer> {
  return Buffer.concat([head, tail]).subarray(0, INPUT_MAX_BYTES);
}
