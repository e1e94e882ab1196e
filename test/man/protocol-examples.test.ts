import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ClockOffset } from '../../src/transport/clock-offset.js';
import { CONTROL_SCHEMAS, encodeControl, parseControl } from '../../src/transport/control.js';
import { feed } from '../../src/transport/frame-reader.js';
import type { Frame } from '../../src/transport/frame.js';
import { readJpegSize } from '../../src/transport/jpeg-header.js';
import { limitsWith } from '../../src/transport/limits.js';
import { NativeReader } from '../../src/transport/native-reader.js';
import { encodeOlderVideoFrame } from '../../src/transport/older/canonical-pickle.js';
import { OlderReader } from '../../src/transport/older/older-reader.js';
import { parsePicturePickle } from '../../src/transport/older/pickle-picture.js';
import { sniffOpening } from '../../src/transport/opening.js';
import {
  RECORD_HEADER_BYTES,
  decodePreamble,
  encodePreamble,
} from '../../src/transport/record-header.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { KIND_NUMBER, STREAM_KINDS } from '../../src/transport/stream-kind.js';
import { needs } from '../setup/programs.js';
import { render, renderedSection } from './man-page.js';

const LIMITS = limitsWith();
const CAPTURED_AT_US = 1_795_438_616_922_285;

let page = '';

/** The hex example below a heading: `0000  4d 45 …  ME…`. */
function example(heading: string): Buffer {
  const lines = renderedSection(page, heading).matchAll(/^ {5}([0-9a-f]{4}) {2}(.{47}) {2}(.*)$/gm);
  const parts: Buffer[] = [];
  let at = 0;
  for (const [line, offset = '', hex = '', gloss = ''] of lines) {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    expect(Number.parseInt(offset, 16), line).toBe(at);
    expect(
      bytes
        .toString('latin1')
        .replaceAll(/[^ -~]/g, '.')
        .trimEnd(),
      line,
    ).toBe(gloss);
    at += bytes.length;
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

/** What our decoder makes of a connection's bytes after the preamble. */
function decode(kind: StreamKind, bytes: Buffer): { controls: unknown[]; frames: Frame[] } {
  const controls: unknown[] = [];
  const frames: Frame[] = [];
  const reader = new NativeReader(kind, LIMITS, {
    onPreamble: () => undefined,
    onControl: (payload) => controls.push(parseControl(payload)),
    onMedia: (frame) => frames.push(frame),
  });
  feed(reader, Buffer.concat([encodePreamble(kind), bytes]));
  expect(reader.state).toBe('idle');
  return { controls, frames };
}

function decodeOlder(kind: StreamKind, bytes: Buffer): Buffer {
  const bodies: Buffer[] = [];
  const onBody = (record: Buffer): void => {
    bodies.push(record.subarray(RECORD_HEADER_BYTES));
  };
  feed(new OlderReader({ kind, limits: LIMITS, onBody }), bytes);
  expect(bodies).toHaveLength(1);
  return Buffer.concat(bodies);
}

function samples(payload: Buffer): number[] {
  return Array.from({ length: payload.length / 2 }, (_, at) => payload.readInt16LE(2 * at));
}

describe.skipIf(needs('man'))('the examples of meet-protocol.7', () => {
  beforeAll(async () => {
    page = (await render('meet-protocol.7')).text;
  });

  it('have the preamble of a screen stream', () => {
    const bytes = example('PREAMBLE');
    expect(decodePreamble(bytes)).toEqual({ version: 1, kindNumber: KIND_NUMBER.screen });
    expect(bytes).toHaveLength(8);
    for (const kind of STREAM_KINDS) expect(sniffOpening(kind, bytes, LIMITS)).toBe('native');
  });

  it.each(Object.keys(CONTROL_SCHEMAS))(
    'have a whole record of %s, the same as its JSON',
    (type) => {
      const bytes = example(type);
      const [, json = ''] = /^ {5}(\{\n[\s\S]*?^ {5}\})$/m.exec(renderedSection(page, type)) ?? [];
      const shown: unknown = JSON.parse(json);
      expect(shown).toMatchObject({ type });
      expect(decode('screen', bytes).controls).toEqual([shown]);
      expect(encodeControl(parseControl(Buffer.from(json)))).toEqual(bytes);
    },
  );

  it('have a picture', () => {
    const [frame] = decode('screen', example('Example: a picture')).frames;
    expect(frame).toMatchObject({
      ...{ kind: 'screen', codec: 'jpeg', key: true, unchanged: false, sequence: 7 },
      ...{ capturedAtUs: CAPTURED_AT_US, encodedAfterUs: 2850 },
    });
    expect(frame?.payload).toHaveLength(141);
    expect(readJpegSize(frame?.payload ?? Buffer.alloc(0))).toEqual({ width: 8, height: 8 });
  });

  it('have a picture that any decoder takes', async () => {
    const { default: sharp } = await import('sharp');
    const [frame] = decode('screen', example('Example: a picture')).frames;
    const pixels = await sharp(frame?.payload).greyscale().raw().toBuffer();
    expect([...new Set(pixels)]).toEqual([128]);
  });

  it('have an unchanged picture', () => {
    const [frame] = decode('screen', example('Example: an unchanged picture')).frames;
    expect(frame).toMatchObject({ unchanged: true, sequence: 8 });
    expect(frame?.capturedAtUs).toBe(CAPTURED_AT_US + 1_000_000);
  });

  it('have sound', () => {
    const [frame] = decode('audio', example('Example: sound')).frames;
    expect(frame).toMatchObject({ codec: 'pcm-s16le', key: true, sequence: 0 });
    expect(samples(frame?.payload ?? Buffer.alloc(0))).toEqual([0, 1000, -1000, 32_767]);
  });

  it('have the frames of the older framing', () => {
    const screen = example('Screen, to the daemon');
    const audio = example('Audio, to the daemon');
    expect(readJpegSize(decodeOlder('screen', screen))).toEqual({ width: 8, height: 8 });
    expect(samples(decodeOlder('audio', audio))).toEqual([0, 1000, -1000, 32_767]);
    const video = parsePicturePickle(decodeOlder('video', example('Video, to the daemon')), LIMITS);
    expect(video).toMatchObject({ width: 2, height: 1 });
    expect([...video.bgr]).toEqual([255, 0, 0, 0, 128, 255]);
    expect(sniffOpening('screen', screen, LIMITS)).toBe('older');
    expect(sniffOpening('audio', audio, LIMITS)).toBe('older');
    expect(sniffOpening('video', example('Video, to the daemon'), LIMITS)).toBe('older');
  });

  it('have the frame that goes back to an older client', () => {
    const pixels = Buffer.from([255, 0, 0, 0, 128, 255]);
    expect(example('Video, to the client')).toEqual(encodeOlderVideoFrame(pixels, 2, 1));
  });

  it('have a pong whose round trip and offset are as the text says', () => {
    const pong = z
      .object({ sentAtUs: z.number(), receivedAtUs: z.number(), answeredAtUs: z.number() })
      .parse(decode('screen', example('pong')).controls[0]);
    const text = renderedSection(page, 'CLOCKS').replaceAll(/\s+/g, ' ');
    const [, t4, roundTrip, offset] =
      /t4 = (\d+), the round trip is (\d+) microseconds and the offset (\d+)/.exec(text) ?? [];
    const clock = new ClockOffset();
    clock.add({ ...pong, returnedAtUs: Number(t4) });
    expect(clock.roundTripUs).toBe(Number(roundTrip));
    expect(clock.offsetUs).toBe(Number(offset));
  });
});
