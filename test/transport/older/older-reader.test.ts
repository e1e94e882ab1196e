import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { feed } from '../../../src/transport/frame-reader.js';
import type { Limits } from '../../../src/transport/limits.js';
import { limitsWith } from '../../../src/transport/limits.js';
import { OlderReader } from '../../../src/transport/older/older-reader.js';
import type { StreamKind } from '../../../src/transport/stream-kind.js';
import { thrownBy } from './thrown.js';

const pickle = readFileSync(new URL('../../vectors/picture-protocol-4.pickle', import.meta.url));
/** SOI and SOF0 of a picture 600 wide and 400 high. */
const jpeg = Buffer.from('ffd8ffc0001108019002580301110002110103110100112233', 'hex');
const sound = Buffer.from(Array.from({ length: 4096 }, (_, index) => index & 0xff));

function length(kind: StreamKind, bytes: number, order: 'little' | 'big' = 'little'): Buffer {
  const prefix = Buffer.alloc(kind === 'video' ? 8 : 4);
  if (kind !== 'video') prefix.writeUInt32BE(bytes);
  else if (order === 'little') prefix.writeBigUInt64LE(BigInt(bytes));
  else prefix.writeBigUInt64BE(BigInt(bytes));
  return prefix;
}

function framed(kind: StreamKind, body: Buffer, order?: 'little' | 'big'): Buffer {
  return Buffer.concat([length(kind, body.length, order), body]);
}

/** A reader and the bodies that it has given so far. */
function reading(kind: StreamKind, limits: Limits = limitsWith()) {
  const records: Buffer[] = [];
  const reader = new OlderReader({
    kind,
    limits,
    onBody: (record) => {
      records.push(record);
    },
  });
  return { reader, records, bodies: () => records.map((record) => record.subarray(32)) };
}

const STREAMS = [
  { kind: 'screen', bytes: framed('screen', jpeg), body: jpeg },
  { kind: 'audio', bytes: framed('audio', sound), body: sound },
  { kind: 'video', bytes: framed('video', pickle), body: pickle },
  { kind: 'video', bytes: framed('video', pickle, 'big'), body: pickle },
] as const;

describe('OlderReader', () => {
  it.each(STREAMS)('reads $kind frames split at every byte', ({ kind, bytes, body }) => {
    const three = Buffer.concat([bytes, bytes, bytes]);
    for (let at = 1; at < three.length; at += 1) {
      const { reader, bodies } = reading(kind);
      feed(reader, three.subarray(0, at));
      feed(reader, three.subarray(at));
      expect(bodies().map((each) => each.equals(body))).toEqual([true, true, true]);
    }
  });

  it.each(STREAMS)('reads $kind frames byte by byte', ({ kind, bytes, body }) => {
    const { reader, bodies } = reading(kind);
    for (const byte of Buffer.concat([bytes, bytes])) feed(reader, Buffer.from([byte]));
    expect(bodies()).toEqual([body, body]);
    expect(reader.state).toBe('idle');
  });

  it('gives each frame a buffer of its own with 32 bytes of room, which can be transferred', () => {
    const { reader, records } = reading('video');
    feed(reader, Buffer.concat([framed('video', pickle), framed('video', pickle)]));
    const [first, second] = records;
    expect(first?.length).toBe(32 + pickle.length);
    expect(first?.buffer.byteLength).toBe(32 + pickle.length);
    expect(first?.buffer).not.toBe(second?.buffer);
  });

  it('says where it stands, so that deadlines can be kept', () => {
    const { reader } = reading('audio');
    const states = [];
    const bytes = framed('audio', sound);
    for (const part of [bytes.subarray(0, 3), bytes.subarray(3, 104), bytes.subarray(104)]) {
      states.push([reader.state, reader.receivedBytes, reader.expectedBytes]);
      feed(reader, part);
    }
    states.push([reader.state, reader.receivedBytes, reader.expectedBytes]);
    expect(states).toEqual([
      ['idle', 0, 0],
      ['header', 0, 0],
      ['body', 100, 4096],
      ['idle', 0, 0],
    ]);
  });

  it('never offers an empty window', () => {
    const { reader } = reading('screen');
    for (const byte of Buffer.concat([framed('screen', jpeg), framed('screen', jpeg)])) {
      expect(reader.window().length).toBeGreaterThan(0);
      feed(reader, Buffer.from([byte]));
    }
  });

  it.each([
    ['screen', 16 * 1024 * 1024, 'jpeg-bytes'],
    ['video', 32 * 1024 * 1024, 'ndarray-bytes'],
    ['audio', 256 * 1024, 'pcm-bytes'],
  ] as const)('takes a %s length of the limit and refuses one more', (kind, limit, name) => {
    const { reader } = reading(kind);
    feed(reader, length(kind, limit));
    expect(reader.expectedBytes).toBe(limit);

    const error = thrownBy(() => {
      feed(reading(kind).reader, length(kind, limit + 1));
    });
    expect(error.code).toBe('MEET_FRAME_TOO_LARGE');
    expect(error.message).toBe(
      `${kind} frame is ${limit + 1} bytes, limit is ${limit} (--limit ${name}=VALUE)`,
    );
  });

  it('allocates nothing for lengths that it refuses', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 1000; count += 1) {
      thrownBy(() => {
        feed(reading('video').reader, Buffer.from('ffffffff7f000000', 'hex'));
      });
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
  });

  it.each(['screen', 'video', 'audio'] as const)('refuses a %s length of 0', (kind) => {
    const error = thrownBy(() => {
      feed(reading(kind).reader, length(kind, 0));
    });
    expect(error.code).toBe('MEET_FRAME_MALFORMED');
    expect(error.message).toContain('has a length of 0 bytes');
  });

  it('refuses a screen body that is no JPEG after two bytes of it', () => {
    const { reader } = reading('screen');
    feed(reader, length('screen', 1_000_000));
    feed(reader, Buffer.from([0x89]));
    const error = thrownBy(() => {
      feed(reader, Buffer.from([0x50]));
    });
    expect(error.code).toBe('MEET_FRAME_MALFORMED');
    expect(error.message).toContain('begins with 8950');
  });

  it('refuses a video body that is no pickle after two bytes of it', () => {
    const { reader } = reading('video');
    feed(reader, length('video', 1_000_000));
    const error = thrownBy(() => {
      feed(reader, Buffer.from('cos\nsystem\n'));
    });
    expect(error.code).toBe('MEET_PICKLE_REFUSED');
  });

  it('refuses bodies of one byte', () => {
    for (const kind of ['screen', 'video', 'audio'] as const) {
      expect(() => {
        feed(reading(kind).reader, framed(kind, Buffer.from([0xff])));
      }).toThrow();
    }
  });

  it('refuses a picture that is larger than the limits', () => {
    const bomb = Buffer.from(jpeg);
    bomb.writeUInt16BE(65_535, 7);
    bomb.writeUInt16BE(65_535, 9);
    const { reader, records } = reading('screen');
    const error = thrownBy(() => {
      feed(reader, framed('screen', bomb));
    });
    expect(error.code).toBe('MEET_PICTURE_TOO_LARGE');
    expect(error.message).toContain('65535x65535');
    expect(records).toEqual([]);
  });

  it('refuses sound that ends within a sample', () => {
    const error = thrownBy(() => {
      feed(reading('audio').reader, framed('audio', sound.subarray(0, 4094)));
    });
    expect(error.code).toBe('MEET_FRAME_MALFORMED');
    expect(error.message).toContain('4094 bytes, expected a multiple of 4');
  });
});
