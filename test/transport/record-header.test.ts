import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordHeader } from '../../src/transport/record-header.js';
import {
  PREAMBLE_BYTES,
  RECORD_HEADER_BYTES,
  U32_MAX,
  decodePreamble,
  decodeRecordHeader,
  encodePreamble,
  encodeRecordHeader,
  stampRelay,
} from '../../src/transport/record-header.js';
import { wireRecord } from '../setup/wire.js';

/** Every field another value, so that no two can be confused. */
const HEADER: RecordHeader = {
  type: 1,
  codecNumber: 2,
  flags: 0x0304,
  source: 0x05060708,
  sequence: 0x090a0b0c,
  payloadBytes: 0x0d0e0f10,
  capturedAtUs: 0x0011121314151617 % 2 ** 53,
  encodedAfterUs: 0x18191a1b,
  relayedAfterUs: 0x1c1d1e1f,
};

const GOLDEN = '01020304050607' + '08090a0b0c0d0e0f10' + '0011121314151617' + '18191a1b1c1d1e1f';

describe('the preamble', () => {
  it.each([
    ['screen', '4d45455401010000'],
    ['video', '4d45455401020000'],
    ['audio', '4d45455401030000'],
  ] as const)('of %s is these 8 bytes', (kind, hex) => {
    expect(encodePreamble(kind).toString('hex')).toBe(hex);
    expect(PREAMBLE_BYTES).toBe(8);
  });

  it('is read whatever version and kind it names', () => {
    const bytes = Buffer.from('4d454554ff09abcd', 'hex');
    expect(decodePreamble(bytes)).toEqual({ version: 255, kindNumber: 9 });
  });

  it('must begin with MEET', () => {
    expect(() => decodePreamble(Buffer.from('4d45455001010000', 'hex'))).toThrow(
      /began with "MEEP\\u0001\\u0001\\u0000\\u0000" \(4d45455001010000\), expected "MEET"/,
    );
  });

  it('is quoted alone when the peer says something else', () => {
    const bytes = Buffer.concat([Buffer.from('SSH-2.0-OpenSSH'), Buffer.alloc(17)]);
    expect(() => decodePreamble(bytes)).toThrow(
      'the peer began with "SSH-2.0-" (5353482d322e302d), expected "MEET"',
    );
  });
});

describe('the record header', () => {
  it('has every field where the table says', () => {
    expect(encodeRecordHeader(HEADER).toString('hex')).toBe(GOLDEN);
    expect(decodeRecordHeader(Buffer.from(GOLDEN, 'hex'))).toEqual(HEADER);
    expect(RECORD_HEADER_BYTES).toBe(32);
  });

  it('agrees with bytes that were written without its codec', () => {
    const u32 = fc.integer({ min: 0, max: U32_MAX });
    const header = fc.record({
      type: fc.integer({ min: 0, max: 255 }),
      codecNumber: fc.integer({ min: 0, max: 255 }),
      flags: fc.integer({ min: 0, max: 0xffff }),
      source: u32,
      sequence: u32,
      payloadBytes: u32,
      capturedAtUs: fc.maxSafeNat(),
      encodedAfterUs: u32,
      relayedAfterUs: u32,
    });
    fc.assert(
      fc.property(header, (fields) => {
        const bytes = wireRecord({ ...fields, codec: fields.codecNumber });
        expect(encodeRecordHeader(fields)).toEqual(bytes);
        expect(decodeRecordHeader(bytes)).toEqual(fields);
      }),
    );
  });

  it('takes a capture time of 2^53-1 and refuses 2^53', () => {
    const most = wireRecord({ capturedAtUs: 2 ** 53 - 1 });
    expect(decodeRecordHeader(most).capturedAtUs).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => decodeRecordHeader(wireRecord({ capturedAtUs: 2n ** 53n }))).toThrow(
      expect.objectContaining({ code: 'MEET_FRAME_MALFORMED' }),
    );
  });

  it('is stamped by a relay in two places and nowhere else', () => {
    const record = Buffer.from(GOLDEN + 'abcdef', 'hex');
    stampRelay(record, 7, 1234);
    expect(decodeRecordHeader(record)).toEqual({ ...HEADER, source: 7, relayedAfterUs: 1234 });
    expect(record.subarray(32).toString('hex')).toBe('abcdef');
  });

  it.each([
    [-5, 0],
    [2 ** 40, U32_MAX],
    [U32_MAX, U32_MAX],
  ])('keeps a relay time of %i within its field: %i', (relayedAfterUs, stamped) => {
    const record = Buffer.from(GOLDEN, 'hex');
    stampRelay(record, 1, relayedAfterUs);
    expect(decodeRecordHeader(record).relayedAfterUs).toBe(stamped);
  });
});
