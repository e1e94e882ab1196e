import { describe, expect, it } from 'vitest';
import type { ControlRecord, ControlType } from '../../src/transport/control.js';
import { CONTROL_SCHEMAS, encodeControl, parseControl } from '../../src/transport/control.js';
import { MeetError } from '../../src/transport/errors.js';
import { wireControl } from '../setup/wire.js';

const AT_US = 1_800_000_000_123_456;
const JPEG_FORMAT = { codec: 'jpeg', width: 1920, height: 1080, fps: 10 } as const;
const SOUND_FORMAT = { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 2 } as const;

/** Of every type: records that are valid, and fields that make the first of them invalid. */
const RECORDS: Readonly<
  Record<ControlType, { valid: readonly ControlRecord[]; invalid: readonly object[] }>
> = {
  hello: {
    valid: [
      { type: 'hello', versions: [1], role: 'publish', name: 'kiosk', session: 'abcd-_12' },
      {
        type: 'hello',
        versions: [2, 1],
        role: 'subscribe',
        name: '',
        room: 'lab',
        session: 'x'.repeat(64),
        format: JPEG_FORMAT,
        nextSequence: 0xffff_ffff,
        acks: true,
        software: 'stranger 2.0',
        credentials: { key: 'ed25519', deep: { in: [1, { it: null }] } },
      },
    ],
    invalid: [
      { versions: [] },
      { versions: 1 },
      { versions: Array.from({ length: 33 }, (_, at) => at) },
      { versions: [1.5] },
      { role: 'listen' },
      { name: undefined },
      { name: 7 },
      { name: 'x'.repeat(10_001) },
      { session: 'short' },
      { session: 'x'.repeat(65) },
      { session: 'older:12' },
      { session: 'abcdefgh\n' },
      { nextSequence: -1 },
      { nextSequence: 2 ** 32 },
      { acks: 'yes' },
      { credentials: 'secret' },
      { format: { codec: 'h264', width: 1, height: 1, fps: 1 } },
    ],
  },
  welcome: {
    valid: [
      {
        type: 'welcome',
        version: 1,
        participant: 7,
        name: 'kiosk',
        room: 'main',
        roster: [{ participant: 7, name: 'kiosk', streams: ['screen', 'audio'] }],
        limits: { payloadBytes: 16_777_216, controlBytes: 65_536 },
        pingMs: 10_000,
        acks: true,
        software: 'meet 0.1.0',
      },
    ],
    invalid: [
      { participant: 0 },
      { participant: 2 ** 32 },
      { roster: [{ participant: 1, name: 'x', streams: ['smell'] }] },
      { limits: { payloadBytes: 0, controlBytes: 1 } },
      { limits: undefined },
      { pingMs: 3_600_001 },
    ],
  },
  refused: {
    valid: [
      {
        type: 'refused',
        code: 'MEET_VERSION',
        message: 'no',
        versions: [1],
        retryAfterMs: 1000,
      },
      { type: 'refused', code: 'MEET_OF_A_LATER_VERSION', message: '' },
    ],
    invalid: [{ code: 1 }, { message: undefined }, { retryAfterMs: -1 }, { versions: ['1'] }],
  },
  error: {
    valid: [{ type: 'error', code: 'MEET_CONTROL_UNKNOWN', message: 'what?' }],
    invalid: [{ code: undefined }, { message: null }],
  },
  format: {
    valid: [
      { type: 'format', format: JPEG_FORMAT },
      { type: 'format', format: { codec: 'jpeg', width: 65_535, height: 65_535, fps: 0.5 } },
      { type: 'format', format: SOUND_FORMAT },
    ],
    invalid: [
      { format: { ...JPEG_FORMAT, width: 0 } },
      { format: { ...JPEG_FORMAT, height: 65_536 } },
      { format: { ...JPEG_FORMAT, fps: 1001 } },
      { format: { ...JPEG_FORMAT, fps: undefined } },
      { format: { ...SOUND_FORMAT, sampleRateHz: 7999 } },
      { format: { ...SOUND_FORMAT, channels: 3 } },
      { format: { ...SOUND_FORMAT, channels: 0 } },
      { format: { codec: 'opus' } },
    ],
  },
  stream: {
    valid: [
      { type: 'stream', state: 'on' },
      { type: 'stream', state: 'off' },
      { type: 'stream', state: 'stalled', reason: 'unplugged' },
    ],
    invalid: [{ state: 'paused' }, { state: undefined }, { reason: 5 }],
  },
  ack: {
    valid: [
      { type: 'ack', sequence: 0 },
      { type: 'ack', sequence: 0xffff_ffff },
    ],
    invalid: [{ sequence: -1 }, { sequence: 2 ** 32 }, { sequence: 1.5 }, { sequence: '1' }],
  },
  ping: {
    valid: [{ type: 'ping', id: 1, sentAtUs: AT_US }],
    invalid: [{ id: -1 }, { sentAtUs: -1 }, { sentAtUs: 2 ** 53 }, { id: undefined }],
  },
  pong: {
    valid: [{ type: 'pong', id: 1, sentAtUs: 0, receivedAtUs: AT_US, answeredAtUs: AT_US }],
    invalid: [{ receivedAtUs: undefined }, { answeredAtUs: 0.5 }, { sentAtUs: '0' }],
  },
  bye: {
    valid: [
      { type: 'bye', reason: 'ended' },
      { type: 'bye', reason: '', retryAfterMs: 3_600_000 },
    ],
    invalid: [{ reason: undefined }, { retryAfterMs: 3_600_001 }, { retryAfterMs: 'soon' }],
  },
};

const TYPES = Object.keys(CONTROL_SCHEMAS) as ControlType[];

function payload(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function fault(bytes: Uint8Array): MeetError {
  try {
    parseControl(bytes);
  } catch (thrown) {
    if (thrown instanceof MeetError) return thrown;
    throw thrown;
  }
  throw new Error('it was taken');
}

describe.each(TYPES)('a "%s" record', (type) => {
  const { valid, invalid } = RECORDS[type];
  const [first] = valid;

  it('is read as it was written', () => {
    for (const record of valid) expect(parseControl(payload(record))).toEqual(record);
  });

  it('is written as a record of type 0 with JSON', () => {
    for (const record of valid) expect(encodeControl(record)).toEqual(wireControl(record));
  });

  it('may have fields that are not known yet, which are left out', () => {
    const later = { ...first, colour: 'blue', deep: { er: [1, 2] } };
    expect(parseControl(payload(later))).toEqual(first);
  });

  it.each(invalid.map((change) => ({ change })))('is refused with $change', ({ change }) => {
    const { code, message } = fault(payload({ ...first, ...change }));
    expect(code).toBe('MEET_CONTROL_INVALID');
    expect(message).toContain(`"${type}"`);
    expect(message).toContain(Object.keys(change)[0]);
  });
});

describe('parseControl', () => {
  it.each(['toggle', '', 'HELLO', 'constructor', '__proto__', 'toString', 'x'.repeat(64)])(
    'says of the unknown type "%s" which it knows',
    (type) => {
      const { code, message } = fault(payload({ type }));
      expect(code).toBe('MEET_CONTROL_UNKNOWN');
      expect(message).toContain(TYPES.join(', '));
    },
  );

  it.each(['null', '[]', '7', '"hello"', '{}', '{"type":7}', '{"type":null}', '{"Type":"bye"}'])(
    'refuses %s, which has no type',
    (json) => {
      expect(fault(Buffer.from(json)).code).toBe('MEET_CONTROL_INVALID');
    },
  );

  it.each([
    ['nothing', ''],
    ['half an object', '7b2274797065'],
    ['a byte that UTF-8 does not have', '7b2274797065223a22ff227d'],
    ['a surrogate in UTF-8', '7b2274797065223a22eda080227d'],
    ['an overlong form', '7b2274797065223a22c0af227d'],
    ['UTF-16', 'fffe7b002200'],
    ['two objects', '7b7d7b7d'],
    ['NaN', '7b2261223a4e614e7d'],
  ])('refuses %s', (_, hex) => {
    const { code, message } = fault(Buffer.from(hex, 'hex'));
    expect(code).toBe('MEET_CONTROL_INVALID');
    expect(message).toContain('not JSON in UTF-8');
  });

  it.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('survives 64 KiB of nested %s, as a record and inside of one', (_, open, close) => {
    const depth = Math.floor(65_536 / (open.length + 1)) - 100;
    const nested = `${open.repeat(depth)}1${close.repeat(depth)}`;
    expect(fault(Buffer.from(nested)).code).toBe('MEET_CONTROL_INVALID');
    expect(fault(Buffer.from(open.repeat(depth))).code).toBe('MEET_CONTROL_INVALID');
    const inside = `{"type":"bye","reason":"r","more":${nested}}`;
    expect(parseControl(Buffer.from(inside))).toEqual({ type: 'bye', reason: 'r' });
    const credentials = `{"type":"hello","versions":[1],"role":"publish","name":"n","session":"abcdefgh","credentials":{"k":${nested}}}`;
    expect(parseControl(Buffer.from(credentials)).type).toBe('hello');
  });

  it('lets no record change what objects are', () => {
    const json =
      '{"type":"hello","versions":[1],"role":"publish","name":"n","session":"abcdefgh","__proto__":{"evil":1},"credentials":{"__proto__":{"evil":1}}}';
    parseControl(Buffer.from(json));
    expect(Reflect.get({}, 'evil')).toBeUndefined();
  });

  it('reads a name as it came, since cleaning is the matter of who shows it', () => {
    const record = { ...RECORDS.hello.valid[0], name: '\u202e\u001b[2J\ud800' };
    expect(parseControl(payload(record))).toMatchObject({ name: record.name });
  });

  it('quotes at most a few words of what it was sent', () => {
    expect(fault(payload({ type: 'x'.repeat(60_000) })).message.length).toBeLessThan(500);
    const reason = { type: 'bye', reason: 'y'.repeat(60_000) };
    expect(fault(payload(reason)).message.length).toBeLessThan(500);
  });
});
