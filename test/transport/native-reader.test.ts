import { describe, expect, it } from 'vitest';
import { MeetError } from '../../src/transport/errors.js';
import { feed } from '../../src/transport/frame-reader.js';
import { limitsWith } from '../../src/transport/limits.js';
import { NativeReader } from '../../src/transport/native-reader.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { wireJpeg, wirePicture, wirePreamble, wireRecord } from '../setup/wire.js';
import { watchedReader } from './native-vectors.js';

const MIB = 1024 * 1024;

/** Memory outside of V8's heap that came into being while `run` ran, in bytes. */
function allocatedBytes(run: () => void): number {
  const before = process.memoryUsage().arrayBuffers;
  run();
  return process.memoryUsage().arrayBuffers - before;
}

function refusal(run: () => void): MeetError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof MeetError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe('NativeReader', () => {
  it.each([
    ['screen', 1, 1, 16 * MIB, 'jpeg-bytes'],
    ['video', 1, 1, 16 * MIB, 'jpeg-bytes'],
    ['audio', 1, 2, 256 * 1024, 'pcm-bytes'],
    ['screen', 0, 0, 64 * 1024, 'control-bytes'],
    ['audio', 0, 0, 64 * 1024, 'control-bytes'],
  ] as const)(
    'takes on the %s port a record of type %i, codec %i of %i bytes and refuses one byte more (%s)',
    (kind, type, codec, limit, name) => {
      const most = watchedReader(kind);
      feed(most.reader, wirePreamble(kind));
      feed(most.reader, wireRecord({ type, codec, flags: type, payloadBytes: limit }));
      expect(most.reader.expectedBytes).toBe(limit);

      const more = watchedReader(kind);
      feed(more.reader, wirePreamble(kind));
      const header = wireRecord({ type, codec, flags: type, payloadBytes: limit + 1 });
      let fault: MeetError | undefined;
      const grown = allocatedBytes(() => {
        fault = refusal(() => {
          feed(more.reader, header);
        });
      });
      expect(fault?.code).toBe('MEET_FRAME_TOO_LARGE');
      expect(fault?.message).toContain(`${limit + 1} bytes, limit is ${limit} (--limit ${name}=`);
      expect(grown).toBeLessThan(limit);
      expect(more.reader.expectedBytes).toBe(0);
    },
  );

  it('allocates a frame of the length that the header says, once, however many pieces it comes in', () => {
    const { reader } = watchedReader('screen');
    feed(reader, wirePreamble('screen'));
    feed(reader, wireRecord({ type: 1, codec: 1, flags: 1, payloadBytes: 8 * MIB }));
    const memory = reader.window().buffer;
    // The header of the next record is read with it.
    expect(memory.byteLength).toBe(32 + 8 * MIB + 32);
    for (let count = 0; count < 1000; count += 1) {
      feed(reader, Buffer.from([1]));
      expect(reader.window().buffer).toBe(memory);
    }
    expect(reader.receivedBytes).toBe(1000);
  });

  it('says what it is in the middle of', () => {
    const { reader } = watchedReader('screen');
    const states = [reader.state];
    const stream = Buffer.concat([wirePreamble('screen'), wirePicture({}, wireJpeg(8, 8, 0))]);
    for (const byte of stream) {
      feed(reader, Buffer.from([byte]));
      states.push(reader.state);
    }
    const runs = states.filter((state, at) => state !== states[at - 1]);
    expect(runs).toEqual(['header', 'idle', 'header', 'body', 'idle']);
    expect(states.indexOf('body')).toBe(8 + 32);
  });

  it('gives each frame memory of its own, header in front, that a later frame does not touch', () => {
    const records: Buffer[] = [];
    const ignore = (): void => undefined;
    const reader = new NativeReader('screen', limitsWith(), {
      onPreamble: ignore,
      onControl: ignore,
      onMedia: ({ record, payload }) => {
        expect(payload.buffer).toBe(record.buffer);
        expect(record.buffer.byteLength).toBe(record.length + 32);
        records.push(record);
      },
    });
    const first = wirePicture({ sequence: 1 }, wireJpeg(8, 8, 40));
    const second = wirePicture({ sequence: 2 }, wireJpeg(16, 16, 40));
    feed(reader, Buffer.concat([wirePreamble('screen'), first, second]));
    expect(records).toEqual([first, second]);
  });

  it.each([
    ['7680x4320', 7680, 4320, undefined],
    ['7681x4320', 7681, 4320, 'MEET_PICTURE_TOO_LARGE'],
    ['7680x4321', 7680, 4321, 'MEET_PICTURE_TOO_LARGE'],
    ['65535x65535', 65_535, 65_535, 'MEET_PICTURE_TOO_LARGE'],
  ] as const)('judges a picture of %s by its frame header', (_, width, height, code) => {
    const { reader, seen } = watchedReader('video');
    const stream = Buffer.concat([wirePreamble('video'), wirePicture({}, wireJpeg(width, height))]);
    if (code === undefined) feed(reader, stream);
    else {
      const fault = refusal(() => {
        feed(reader, stream);
      });
      expect(fault.code).toBe(code);
    }
    expect(seen.length).toBe(code === undefined ? 2 : 1);
  });

  it('follows the limits that it is given', () => {
    const kinds: readonly StreamKind[] = ['screen', 'audio'];
    for (const kind of kinds) {
      const { reader } = watchedReader(
        kind,
        limitsWith({ 'jpeg-bytes': 1024, 'pcm-bytes': 1024, 'control-bytes': 1024 }),
      );
      feed(reader, wirePreamble(kind));
      const codec = kind === 'audio' ? 2 : 1;
      const header = wireRecord({ type: 1, codec, flags: 1, payloadBytes: 1025 });
      const fault = refusal(() => {
        feed(reader, header);
      });
      expect(fault.code).toBe('MEET_FRAME_TOO_LARGE');
    }
  });
});
