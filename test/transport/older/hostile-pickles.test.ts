import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { limitsWith } from '../../../src/transport/limits.js';
import { parsePicturePickle } from '../../../src/transport/older/pickle-picture.js';
import { handmade, refusal } from './handmade-pickles.js';

const GOOD = new URL('../../vectors/picture-protocol-4.pickle', import.meta.url);

const limits = limitsWith();
/** The picture in the vectors: see make-pickles.py. */
const PIXELS = Buffer.from(Array.from({ length: 18 }, (_, index) => index * 13));
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
    const good = readFileSync(GOOD);
    for (let count = 0; count < 100; count += 1) {
      refusal(handmade(DTYPE, 'N\x85q\x00\x8c\x01a\x85b.'));
      expect(parsePicturePickle(good, limits).bgr).toEqual(PIXELS);
    }
  });
});
