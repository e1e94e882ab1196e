import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limitsWith } from '../../../src/transport/limits.js';
import { parsePicturePickle } from '../../../src/transport/older/pickle-picture.js';
import { needs } from '../../setup/programs.js';
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

/** Opcodes around a body, protocol 4. */
function handmade(...parts: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    ['\x80\x04', ...parts].map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : part,
    ),
  );
}

function refusal(bytes: Buffer): string {
  const error = thrownBy(() => parsePicturePickle(bytes, limits));
  expect(error.code).toBe('MEET_PICKLE_REFUSED');
  return error.message;
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

const MEBIBYTE = 1024 * 1024;
const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
/** Python's `numpy.dtype` as a stand-in on the stack. */
const DTYPE = 'cnumpy\ndtype\n';

describe('a pickle made to do harm', () => {
  it.each<[string, Buffer]>([
    ['marks without end', handmade('('.repeat(MEBIBYTE), '.')],
    ['DUP without end', handmade('N', '2'.repeat(MEBIBYTE), '.')],
    ['None without end', handmade('N'.repeat(MEBIBYTE), '.')],
    ['MEMOIZE without end', handmade('N', '\x94'.repeat(MEBIBYTE), '.')],
    ['tuples within tuples', handmade('N', '\x85'.repeat(MEBIBYTE), '.')],
    ['tuples that double', handmade('N', 'q\x00h\x00\x86'.repeat(60), '.')],
    ['a LONG4 of a mebibyte', handmade('\x8b\x00\x00\x10\x00', Buffer.alloc(MEBIBYTE, 1), '.')],
    ['a LONG1', handmade('\x8a\x08', Buffer.alloc(8, 0xff), '.')],
    ['bytes of 2^64-1', handmade('\x8e', u64(2n ** 64n - 1n), '.')],
    ['bytes of 2^53+1', handmade('\x96', u64(2n ** 53n + 1n), '.')],
    ['bytes of a negative length', handmade('NNNNNB\xfb\xff\xff\xff', '.')],
    ['text of 4 GiB', handmade('X\xff\xff\xff\xff', '.')],
    ['frames without end', handmade(...Array.from({ length: 9999 }, () => '\x95........'), '.')],
    ['a name without end', handmade('c', Buffer.alloc(MEBIBYTE, 0x61))],
    [
      'a call spread over a mebibyte',
      handmade(DTYPE, 'B\x00\x00\x10\x00', Buffer.alloc(MEBIBYTE), 'R.'),
    ],
    [
      'a call spread over text',
      handmade(DTYPE, 'X\x00\x00\x10\x00', Buffer.alloc(MEBIBYTE, 0x61), 'R.'),
    ],
    [
      'a state copied from bytes',
      handmade('\x8c\x01ah\x85', 'B\x00\x00\x10\x00', Buffer.alloc(MEBIBYTE), 'b.'),
    ],
    ['a state written to a function', handmade(DTYPE, '\x8c\x01ab.')],
    ['a call of no function', handmade('NN\x85R.')],
    ['a call of numpy.ndarray', handmade('cnumpy\nndarray\n', 'NN\x86R.')],
    [
      'a _reconstruct of a dtype',
      handmade('cnumpy.core.multiarray\n_reconstruct\n', DTYPE, 'K\x00\x85C\x01b\x87R.'),
    ],
    [
      'a _reconstruct with a size',
      handmade(
        'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nJ\xff\xff\xff\x7f\x85C\x01b\x87R.',
      ),
    ],
    [
      'an array that is not built',
      handmade('cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R.'),
    ],
    ['another encoding', handmade('c_codecs\nencode\n\x8c\x01a\x8c\x03hex\x86R.')],
    ['a prototype', handmade('c__proto__\nconstructor\n.')],
    ['an extension', handmade('\x82\x01.')],
    ['a persistent id', handmade('P1\n.')],
    ['a class with arguments', handmade('(ios\nsystem\n.')],
    ['an out-of-band buffer', handmade('\x97.')],
    ['an empty stack', handmade('.')],
    ['a tuple without its mark', handmade('t.')],
    ['BUILD of nothing', handmade('b.')],
    ['protocol 6', Buffer.from('\x80\x06N.', 'latin1')],
    ['nothing', Buffer.alloc(0)],
  ])('is refused at once: %s', (_what, bytes) => {
    const before = process.memoryUsage().arrayBuffers;
    const begun = performance.now();
    refusal(bytes);
    expect(performance.now() - begun).toBeLessThan(250);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MEBIBYTE);
  });

  it('is refused within 250 ms and without copies when it is 32 MiB long', () => {
    const fill = Buffer.alloc(32 * MEBIBYTE, 0x28);
    fill.write('\x80\x04', 'latin1');
    const before = process.memoryUsage().arrayBuffers;
    const begun = performance.now();
    expect(refusal(fill)).toContain('has more than 128 opcodes');
    expect(performance.now() - begun).toBeLessThan(250);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MEBIBYTE);
  });

  it('leaves nothing behind for the next pickle', () => {
    const [good] = [vector('picture-protocol-4.pickle')];
    for (let count = 0; count < 100; count += 1) {
      refusal(handmade(DTYPE, 'N\x85q\x00\x8c\x01a\x85b.'));
      expect(parsePicturePickle(good, limits).bgr).toEqual(PIXELS);
    }
  });
});
