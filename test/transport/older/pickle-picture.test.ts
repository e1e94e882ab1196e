import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limitsWith } from '../../../src/transport/limits.js';
import { parsePicturePickle } from '../../../src/transport/older/pickle-picture.js';
import { needs } from '../../setup/programs.js';
import { handmade, refusal } from './handmade-pickles.js';
import { python, pythons } from './numpy.js';
import { thrownBy } from './thrown.js';

const NO_PYTHON = needs('python3');
/** Each Python with each protocol. */
const RUNS = pythons().flatMap((path) => [2, 3, 4, 5].map((protocol) => ({ path, protocol })));
const limits = limitsWith();
const VECTORS = new URL('../../vectors/', import.meta.url);
/** The picture in the vectors: see make-pickles.py. */
const PIXELS = Buffer.from(Array.from({ length: 18 }, (_, index) => index * 13));

function vector(name: string): Buffer {
  return readFileSync(new URL(name, VECTORS));
}

interface Run {
  readonly path?: string;
  readonly protocol: number;
}

/** Pickles that Python makes of the values of an expression list, one for each. */
function pickles({ path, protocol }: Run, ...expressions: string[]): Buffer[] {
  const script = [
    'import collections, os, pickle, struct, sys, numpy as np',
    'rng = np.random.default_rng(7)',
    `for value in (${expressions.join(', ')},):`,
    `    data = pickle.dumps(value, protocol=${protocol})`,
    '    sys.stdout.buffer.write(struct.pack("<I", len(data)) + data)',
  ].join('\n');
  return lengthPrefixed(python(script, undefined, [], path));
}

/** The pieces behind their u32 little-endian lengths. */
function lengthPrefixed(out: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < out.length;) {
    const end = at + 4 + out.readUInt32LE(at);
    found.push(out.subarray(at + 4, end));
    at = end;
  }
  return found;
}

/** What Python pickles, and the words that refuse it. */
const NO_PICTURES = [
  ['np.zeros((2, 3, 3), "u2")', 'holds an array of dtype u2, expected uint8'],
  ['np.zeros((2, 3, 3), "f4")', 'holds an array of dtype f4'],
  ['np.zeros((2, 3, 3), "i1")', 'holds an array of dtype i1'],
  ['np.zeros((2, 3, 3), "?")', 'holds an array of dtype b1'],
  ['np.zeros((2, 3, 3), object)', 'holds an array of dtype O8'],
  ['np.zeros((2, 3, 3), [("a", "u1")])', 'holds an array of dtype V1'],
  ['np.zeros((2, 3, 3), np.dtype("u1", metadata={"a": 1}))', 'opcode 0x7d'],
  ['np.zeros((2, 3), "u1")', 'holds an array of shape (2, 3)'],
  ['np.zeros((2, 3, 4), "u1")', 'holds an array of shape (2, 3, 4)'],
  ['np.zeros((1, 2, 3, 3), "u1")', 'holds an array of shape (1, 2, 3, 3)'],
  ['np.zeros((0, 3, 3), "u1")', 'holds an array of shape (0, 3, 3)'],
  ['np.ma.zeros((2, 3, 3), "u1")', 'names numpy.ma'],
  ['np.uint8(7)', 'multiarray.scalar, which is never run'],
  ['[np.zeros((2, 3, 3), "u1")]', 'opcode 0x5d'],
  ['{"frame": 1}', 'opcode 0x7d'],
  ['"text"', 'holds something other than an array'],
  ['None', 'holds something other than an array'],
  ['1.5', 'opcode 0x47'],
  ['2**70', 'opcode 0x8a'],
  ['os.system', 'names posix.system, which is never run'],
  ['eval', 'names builtins.eval, which is never run'],
  ['np.zeros', 'names numpy.zeros'],
  ['np.load', 'names numpy.load'],
  ['np.ndarray', 'holds something other than an array'],
  ['collections.OrderedDict(a=1)', 'names collections.OrderedDict'],
] as const;

let madeNoPictures: Buffer[] | undefined;
/** All of them by one run of Python. */
function noPictures(): Buffer[] {
  madeNoPictures ??= pickles({ protocol: 4 }, ...NO_PICTURES.map(([expression]) => expression));
  return madeNoPictures;
}

describe('parsePicturePickle', () => {
  it.each(readdirSync(VECTORS).filter((name) => name.endsWith('.pickle')))(
    'reads the vector %s',
    (name) => {
      const { width, height, bgr } = parsePicturePickle(vector(name), limits);
      expect({ width, height }).toEqual({ width: 3, height: 2 });
      expect(bgr).toEqual(PIXELS);
    },
  );

  it.skipIf(NO_PYTHON).each(RUNS)('reads pictures of $path with protocol $protocol', (run) => {
    const shapes = [
      [480, 640],
      [1, 1],
      [1, 700],
      [700, 1],
      [130, 67],
      [1080, 1920],
    ] as const;
    const made = pickles(
      run,
      ...shapes.map(([height, width]) => `rng.integers(0, 256, (${height}, ${width}, 3), "u1")`),
    );
    const expected = python(
      [
        'import sys, numpy as np',
        'rng = np.random.default_rng(7)',
        ...shapes.map(
          ([height, width]) =>
            `sys.stdout.buffer.write(rng.integers(0, 256, (${height}, ${width}, 3), "u1").tobytes())`,
        ),
      ].join('\n'),
    );
    const parsed = made.map((bytes) => parsePicturePickle(bytes, limits));
    expect(parsed.map(({ width, height }) => [height, width])).toEqual(shapes);
    expect(Buffer.concat(parsed.map(({ bgr }) => bgr)).equals(expected)).toBe(true);
  });

  it.skipIf(NO_PYTHON).each(RUNS)(
    'reads views of arrays of $path with protocol $protocol',
    (run) => {
      const base = 'np.arange(90*70*3).astype("u1").reshape(90, 70, 3)';
      const views = [
        `np.asfortranarray(${base})`,
        `${base}[:, ::-1]`,
        `${base}[::2, ::3]`,
        `${base}.transpose(1, 0, 2)`,
        `${base}.reshape(3, 90, 70).transpose(1, 2, 0)`,
        `${base}.reshape(70, 3, 90).transpose(2, 0, 1)`,
        `${base}.reshape(90, 3, 70).transpose(0, 2, 1)`,
        `${base}[:, :, ::-1]`,
      ];
      const made = pickles(run, ...views);
      const plain = pickles(
        { protocol: 4 },
        ...views.map((view) => `np.ascontiguousarray(${view}).copy()`),
      );
      made.forEach((bytes, index) => {
        const expected = parsePicturePickle(plain[index] ?? Buffer.alloc(0), limits);
        expect(parsePicturePickle(bytes, limits)).toEqual(expected);
      });
    },
  );

  it('gives a view of the pickle and no copy for what the older programs send', () => {
    for (const protocol of [3, 4, 5]) {
      const bytes = vector(`picture-protocol-${protocol}.pickle`);
      expect(parsePicturePickle(bytes, limits).bgr.buffer).toBe(bytes.buffer);
    }
  });

  it.skipIf(NO_PYTHON).each(NO_PICTURES)(
    'refuses %s, which Python pickles, saying that it %s',
    (expression, words) => {
      const index = NO_PICTURES.findIndex(([each]) => each === expression);
      expect(refusal(noPictures()[index] ?? Buffer.alloc(0))).toContain(words);
    },
  );

  it.skipIf(NO_PYTHON)('refuses a pickle that would run a command, and runs nothing', () => {
    const witness = join(tmpdir(), `meet-pickle-${process.pid}`);
    const command = `touch ${witness}`;
    const script = [
      'import os, pickle, struct, sys',
      'class Bad:',
      '    def __reduce__(self): return (os.system, (sys.argv[1],))',
      'for protocol in range(6):',
      '    data = pickle.dumps(Bad(), protocol=protocol)',
      '    sys.stdout.buffer.write(struct.pack("<I", len(data)) + data)',
    ].join('\n');
    const made = lengthPrefixed(python(script, undefined, [command]));
    const oldest = 'expected 80 and a protocol from 02 to 05';
    expect(made.map((bytes) => refusal(bytes))).toEqual([
      ...[0, 1].map(() => expect.stringContaining(oldest) as unknown),
      ...[2, 3, 4, 5].map(() => expect.stringContaining('names posix.system') as unknown),
    ]);
    expect(existsSync(witness)).toBe(false);
    // The same bytes do run it where they are executed: the test would see it.
    python('import pickle, sys; pickle.loads(sys.stdin.buffer.read())', made[4]);
    expect(existsSync(witness)).toBe(true);
    rmSync(witness);
  });

  it.each([2, 3, 4, 5])('refuses a pickle of protocol %i cut off at any byte', (protocol) => {
    const bytes = vector(`picture-protocol-${protocol}.pickle`);
    for (let length = 0; length < bytes.length; length += 1) refusal(bytes.subarray(0, length));
  });

  it('refuses bytes behind the end', () => {
    const bytes = Buffer.concat([vector('picture-protocol-4.pickle'), Buffer.from('x')]);
    expect(refusal(bytes)).toContain('goes on for 1 bytes after its end');
  });

  it('refuses a shape that does not fit the bytes', () => {
    const bytes = vector('picture-protocol-4.pickle');
    const at = bytes.indexOf(Buffer.from('K\x02K\x03K\x03\x87', 'latin1'));
    bytes[at + 1] = 3;
    expect(refusal(bytes)).toContain('holds 18 bytes of pixels, its shape (3, 3, 3) needs 27');
  });

  it('refuses pictures that are larger than the limits, by their shape alone', () => {
    const [wide = Buffer.alloc(0)] = pickles({ protocol: 4 }, 'np.zeros((1, 7681, 3), "u1")');
    const error = thrownBy(() => parsePicturePickle(wide, limits));
    expect(error.code).toBe('MEET_PICTURE_TOO_LARGE');
    expect(error.message).toContain('picture is 7681x1');
  });

  it('never repeats what a peer wrote with its control characters', () => {
    const name = '\x1b]0;owned\x07';
    const words = refusal(handmade(`cos\n${name}\n)R.`));
    expect(words).toContain('names os.?]0;owned?');
  });
});
