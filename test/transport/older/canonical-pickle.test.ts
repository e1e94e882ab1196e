import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { limitsWith } from '../../../src/transport/limits.js';
import {
  allocateOlderVideoFrame,
  encodeOlderVideoFrame,
  encodePicturePickle,
} from '../../../src/transport/older/canonical-pickle.js';
import { parsePicturePickle } from '../../../src/transport/older/pickle-picture.js';
import { needs } from '../../setup/programs.js';
import { python, pythons } from './numpy.js';
import { thrownBy } from './thrown.js';

/** What the older programs do with what they receive, then the pixels to stdout. */
const RECEIVE = `
import pickle, struct, sys
data = sys.stdin.buffer.read()
size = struct.calcsize("Q")
(length,) = struct.unpack("Q", data[:size])
assert len(data) == size + length, (len(data), length)
frame = pickle.loads(data[size:])
height, width = int(sys.argv[1]), int(sys.argv[2])
assert frame.dtype.name == "uint8" and frame.shape == (height, width, 3), (frame.dtype, frame.shape)
assert frame.flags.c_contiguous and frame.flags.writeable
frame[0, 0, 0] = frame[0, 0, 0]
sys.stdout.buffer.write(frame.tobytes())
`;

describe('the canonical pickle', () => {
  const sizes = [
    [640, 480],
    [1, 1],
    [3, 300],
    [1920, 1080],
  ] as const;
  const runs = pythons().flatMap((path) =>
    sizes.map(([width, height]) => ({ path, width, height })),
  );

  it.skipIf(needs('python3')).each(runs)(
    'of $width x $height pixels is loaded by $path and its numpy to the same pixels',
    ({ path, width, height }) => {
      const bgr = randomBytes(width * height * 3);
      const frame = encodeOlderVideoFrame(bgr, width, height);
      const loaded = python(RECEIVE, frame, [String(height), String(width)], path);
      expect(loaded.equals(bgr)).toBe(true);
    },
  );

  it('can be read back by ourselves', () => {
    const bgr = randomBytes(33 * 7 * 3);
    const parsed = parsePicturePickle(encodePicturePickle(bgr, 33, 7), limitsWith());
    expect({ ...parsed, bgr: parsed.bgr.equals(bgr) }).toEqual({ width: 33, height: 7, bgr: true });
  });

  it('lets the pixels be written in place', () => {
    const { frame, bgr } = allocateOlderVideoFrame(2, 1);
    bgr.set([1, 2, 3, 4, 5, 6]);
    expect(frame.equals(encodeOlderVideoFrame(Buffer.from([1, 2, 3, 4, 5, 6]), 2, 1))).toBe(true);
    expect(frame.readBigUInt64LE(0)).toBe(BigInt(frame.length - 8));
  });

  it('refuses pixels that do not fit the size, and sizes that no picture has', () => {
    expect(thrownBy(() => encodePicturePickle(Buffer.alloc(17), 3, 2)).message).toBe(
      'a picture of 3x2 has 18 bytes, got 17',
    );
    for (const side of [0, -1, 1.5, 65_536, Number.NaN]) {
      expect(thrownBy(() => allocateOlderVideoFrame(side, 2)).code).toBe('MEET_INTERNAL');
      expect(thrownBy(() => allocateOlderVideoFrame(2, side)).code).toBe('MEET_INTERNAL');
    }
  });
});
