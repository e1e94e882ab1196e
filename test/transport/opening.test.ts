import { describe, expect, it } from 'vitest';
import { limitsWith } from '../../src/transport/limits.js';
import type { Opening } from '../../src/transport/opening.js';
import { OPENING_BYTES, sniffOpening } from '../../src/transport/opening.js';
import { encodePreamble } from '../../src/transport/record-header.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';

const limits = limitsWith();

/** What is said after each further byte. */
function verdicts(kind: StreamKind, bytes: Buffer): Opening[] {
  return Array.from({ length: bytes.length + 1 }, (_, count) =>
    sniffOpening(kind, bytes.subarray(0, count), limits),
  );
}

/** The verdict, how many bytes it took, and that nothing but `undecided` came before it. */
function decision(kind: StreamKind, bytes: Buffer): [Opening, number] {
  const all = verdicts(kind, bytes);
  const at = all.findIndex((verdict) => verdict !== 'undecided');
  expect(at).toBeGreaterThan(-1);
  expect(new Set(all.slice(at)).size).toBe(1);
  return [all[at] ?? 'undecided', at];
}

function u32(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

function u64(length: number, order: 'little' | 'big'): Buffer {
  const bytes = Buffer.alloc(8);
  if (order === 'little') bytes.writeBigUInt64LE(BigInt(length));
  else bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

/** The start of `openssl s_client`'s first record: TLS 1.0 record, 512 bytes, client_hello. */
const CLIENT_HELLO = Buffer.from('1603010200010001fc0303', 'hex');

describe('sniffOpening', () => {
  it.each(STREAM_KINDS)('knows the native preamble on the %s port by its magic', (kind) => {
    expect(decision(kind, encodePreamble(kind))).toEqual(['native', 4]);
  });

  it.each(STREAM_KINDS)('knows a TLS ClientHello on the %s port by its handshake type', (kind) => {
    const [opening, count] = decision(kind, CLIENT_HELLO);
    expect(opening).toBe('tls');
    expect(count).toBe(6);
  });

  it.each([
    ['screen', 16 * 1024 * 1024],
    ['screen', 1],
    ['audio', 4096],
    ['audio', 256 * 1024],
  ] as const)('knows an older %s length of %i bytes', (kind, length) => {
    expect(decision(kind, u32(length))).toEqual(['older', 4]);
  });

  it.each([1, 255, 256, 65_536, 921_765, 32 * 1024 * 1024])(
    'knows an older video length of %i bytes in both orders',
    (length) => {
      expect(decision('video', u64(length, 'little'))).toEqual(['older', 8]);
      expect(decision('video', u64(length, 'big'))).toEqual(['older', 8]);
    },
  );

  it('is not fooled by a pickle of 66326 bytes, whose length begins as TLS does', () => {
    const length = u64(66_326, 'little');
    expect(length.toString('hex')).toBe('1603010000000000');
    expect(decision('video', length)).toEqual(['older', 8]);
    // Only the handshake type tells the longest look-alike from it.
    expect(decision('video', Buffer.from('16030100000100000000', 'hex'))).toEqual(['tls', 6]);
  });

  it('is not fooled by a pickle whose length begins with MEE', () => {
    expect(decision('video', Buffer.from('4d45450100000000', 'hex'))).toEqual(['older', 8]);
  });

  it.each(STREAM_KINDS)('refuses what others open with on the %s port', (kind) => {
    const openings = ['GET / HTTP/1.1\r\n', 'SSH-2.0-OpenSSH_9.2\r\n', 'POST /', 'EHLO me', 'MEEX'];
    for (const words of openings) {
      const [opening, count] = decision(kind, Buffer.from(words.padEnd(OPENING_BYTES)));
      expect([words, opening]).toEqual([words, 'foreign']);
      expect(count).toBeLessThanOrEqual(4);
    }
  });

  it('refuses HTTP on the screen port by its first byte', () => {
    expect(decision('screen', Buffer.from('GET / HT'))).toEqual(['foreign', 1]);
  });

  it.each([
    ['screen', u32(0)],
    ['audio', u32(0)],
    ['video', u64(0, 'little')],
    ['screen', u32(16 * 1024 * 1024 + 1)],
    ['audio', u32(256 * 1024 + 1)],
    ['video', u64(32 * 1024 * 1024 + 1, 'little')],
    ['video', u64(32 * 1024 * 1024 + 1, 'big')],
    ['video', Buffer.from('0000000100000001', 'hex')],
  ] as const)('refuses a length on the %s port that no limit allows: %o', (kind, bytes) => {
    expect(decision(kind, bytes)[0]).toBe('foreign');
  });

  it('still tells TLS from lengths when the limit of a JPEG is raised above TLS', () => {
    const raised = limitsWith({ 'jpeg-bytes': 1024 * 1024 * 1024 });
    const jpeg = Buffer.concat([Buffer.from('16030102', 'hex'), Buffer.from('ffd8ffe0', 'hex')]);
    expect(sniffOpening('screen', jpeg.subarray(0, 4), raised)).toBe('undecided');
    expect(sniffOpening('screen', jpeg, raised)).toBe('older');
    expect(sniffOpening('screen', CLIENT_HELLO, raised)).toBe('tls');
  });

  it.each(STREAM_KINDS)('decides every opening of the %s port within eight bytes', (kind) => {
    // All values at the places that the readings look at; the rest is 0 or 1.
    for (let byte = 0; byte < 256; byte += 1) {
      for (const rest of [0, 1, 0x03, 0x16, 0x4d]) {
        for (let place = 0; place < OPENING_BYTES; place += 1) {
          const bytes = Buffer.alloc(OPENING_BYTES, rest);
          bytes[place] = byte;
          expect(sniffOpening(kind, bytes, limits)).not.toBe('undecided');
        }
      }
    }
  });
});
