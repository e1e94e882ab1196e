/**
 * Tells a connection's opening by its first bytes: TLS, the native preamble, the older plain framing
 * or something foreign. Owns the decision; reads no socket and keeps no state.
 *
 *   16 03 0x .. .. 01   TLS ClientHello: handshake record, version 3.x, length, type client_hello
 *                       (RFC 8446, 5.1 and 4)
 *   4d 45 45 54         native preamble, "MEET" (meet-protocol(7))
 *   length              older framing: u32 BE, on the video port u64 LE or BE (older/older-length)
 *
 * A length may share its first bytes with another opening: on the video port a pickle of 66326 bytes
 * begins with 16 03 01 00 as TLS does. So a reading is only taken when it is complete, and when no
 * other reading is still possible.
 */
import type { Limits } from './limits.js';
import { OLDER_LENGTH_BYTES, canBeOlderLength } from './older/older-length.js';
import { MAGIC } from './record-header.js';
import type { StreamKind } from './stream-kind.js';

export type Opening = 'native' | 'tls' | 'older' | 'foreign' | 'undecided';

/** With so many bytes every opening is decided. */
export const OPENING_BYTES = 8;

const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR = 3;
const TLS_MINOR_MAX = 4;
const TLS_CLIENT_HELLO = 1;
/** Record header (5 bytes) and the handshake's type: TLS is sure from here. */
const TLS_SURE_BYTES = 6;

/**
 * Decides from the first bytes of a connection to the port of `kind`; give all that came so far,
 * more than needed does no harm. `undecided`: more bytes are needed. `foreign`: whatever follows,
 * nobody here understands it.
 */
export function sniffOpening(kind: StreamKind, bytes: Buffer, limits: Limits): Opening {
  const readings = [
    { opening: 'tls', possible: canBeTls(bytes), sureBytes: TLS_SURE_BYTES },
    { opening: 'native', possible: canBeNative(bytes), sureBytes: MAGIC.length },
    {
      opening: 'older',
      possible: canBeOlderLength(kind, bytes, limits),
      sureBytes: OLDER_LENGTH_BYTES[kind],
    },
  ] as const;
  const possible = readings.filter((reading) => reading.possible);
  const [first] = possible;
  if (first === undefined) return 'foreign';
  const sure = possible.every((reading) => bytes.length >= reading.sureBytes);
  return sure ? first.opening : 'undecided';
}

function canBeTls(bytes: Buffer): boolean {
  const [handshake, major, minor, , , type] = bytes;
  return (
    (handshake ?? TLS_HANDSHAKE) === TLS_HANDSHAKE &&
    (major ?? TLS_MAJOR) === TLS_MAJOR &&
    (minor ?? 0) <= TLS_MINOR_MAX &&
    (type ?? TLS_CLIENT_HELLO) === TLS_CLIENT_HELLO
  );
}

function canBeNative(bytes: Buffer): boolean {
  const known = Math.min(bytes.length, MAGIC.length);
  return bytes.compare(MAGIC, 0, known, 0, known) === 0;
}
