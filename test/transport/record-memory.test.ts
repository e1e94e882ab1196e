import { describe, expect, it } from 'vitest';
import { feed } from '../../src/transport/frame-reader.js';
import type { Frame } from '../../src/transport/frame.js';
import { limitsWith } from '../../src/transport/limits.js';
import { NativeReader } from '../../src/transport/native-reader.js';
import { RecordMemory } from '../../src/transport/record-memory.js';
import { wireJpeg, wirePicture, wirePreamble } from '../setup/wire.js';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('RecordMemory', () => {
  it('lends memory again when nobody holds it any more, and not before', () => {
    const memory = new RecordMemory();
    const first = memory.take(100 * KIB);
    first.hold();
    first.release();
    expect(memory.spareBytes).toBe(0);
    expect(memory.take(100 * KIB).memory).not.toBe(first.memory);
    first.release();
    expect(memory.spareBytes).toBe(first.memory.length);
    expect(memory.take(90 * KIB).memory).not.toBe(first.memory);
    expect(memory.take(97 * KIB).memory).toBe(first.memory);
    expect(memory.spareBytes).toBe(0);
  });

  it('lends no memory again that somebody keeps', () => {
    const memory = new RecordMemory();
    const lease = memory.take(100 * KIB);
    lease.hold();
    lease.keep();
    lease.release();
    lease.release();
    expect(memory.spareBytes).toBe(0);
  });

  it.each([1, 32 * KIB - 1, MIB + 1, 16 * MIB])(
    'gives %i bytes to the garbage collector',
    (sizeBytes) => {
      const memory = new RecordMemory();
      const lease = memory.take(sizeBytes);
      expect(lease.memory.length).toBe(sizeBytes);
      lease.release();
      expect(memory.spareBytes).toBe(0);
    },
  );

  it('lets no more than 16 MiB lie spare', () => {
    const memory = new RecordMemory();
    const leases = Array.from({ length: 40 }, () => memory.take(MIB));
    for (const lease of leases) lease.release();
    expect(memory.spareBytes).toBe(16 * MIB);
  });
});

/** A reader that has read its preamble, and what to do with its frames. */
function reader(onMedia: (frame: Frame) => void): NativeReader {
  const ignore = (): void => undefined;
  const sink = { onPreamble: ignore, onControl: ignore, onMedia };
  const made = new NativeReader('screen', limitsWith(), sink, new RecordMemory());
  feed(made, wirePreamble('screen'));
  return made;
}

function picture(sequence: number, fillBytes = 100 * KIB): Buffer {
  return wirePicture({ sequence }, wireJpeg(8 + sequence, 8, fillBytes));
}

describe('a reader with memory that is used again', () => {
  it('gives a frame the memory of one that nobody holds, and leaves a held one alone', () => {
    const frames: Frame[] = [];
    const made = reader((frame) => {
      if (frame.sequence === 0) frame.lease?.hold();
      frames.push(frame);
    });
    for (const sequence of [0, 1, 2]) feed(made, picture(sequence));
    const [held, passed, next] = frames;
    expect(held?.record.equals(picture(0))).toBe(true);
    expect(next?.record.buffer).toBe(passed?.record.buffer);
    expect(next?.record.equals(picture(2))).toBe(true);
  });

  it('reads one frame after the other from a single stream of bytes', () => {
    const copies: Buffer[] = [];
    const made = reader(({ record }) => copies.push(Buffer.from(record)));
    const sizes = [100 * KIB, 16, 40 * KIB, 0, 2 * MIB, 33 * KIB];
    const pictures = sizes.map((fillBytes, sequence) => picture(sequence, fillBytes));
    feed(made, Buffer.concat(pictures));
    expect(copies.length).toBe(pictures.length);
    expect(copies.filter((copy, at) => !copy.equals(pictures[at] ?? Buffer.of()))).toEqual([]);
    expect(made.state).toBe('idle');
  });

  it('counts each body that begins, also within one advance', () => {
    const made = reader(() => undefined);
    const [first, second] = [picture(0), picture(1)];
    feed(made, first.subarray(0, 1000));
    const begun = made.bodiesBegun;
    const window = made.window();
    const rest = Buffer.concat([first.subarray(1000), second.subarray(0, 32)]);
    expect(rest.copy(window)).toBe(rest.length);
    made.advance(rest.length);
    expect(made.state).toBe('body');
    expect(made.bodiesBegun).toBe(begun + 1);
  });
});
