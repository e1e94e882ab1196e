import { describe, expect, it } from 'vitest';
import type { ControlType } from '../../src/transport/control.js';
import { CONTROL_SCHEMAS, encodeControl, parseControl } from '../../src/transport/control.js';
import { MeetError } from '../../src/transport/errors.js';
import { wireControl } from '../setup/wire.js';
import { CONTROL_RECORDS } from './control-records.js';

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
  const { valid, invalid } = CONTROL_RECORDS[type];
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
  it.each(['teleport', '', 'HELLO', 'constructor', '__proto__', 'toString', 'x'.repeat(64)])(
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
    const record = { ...CONTROL_RECORDS.hello.valid[0], name: '\u202e\u001b[2J\ud800' };
    expect(parseControl(payload(record))).toMatchObject({ name: record.name });
  });

  it('quotes at most a few words of what it was sent', () => {
    expect(fault(payload({ type: 'x'.repeat(60_000) })).message.length).toBeLessThan(500);
    const reason = { type: 'bye', reason: 'y'.repeat(60_000) };
    expect(fault(payload(reason)).message.length).toBeLessThan(500);
  });
});
