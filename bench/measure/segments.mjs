// @ts-check
/**
 * Matroska segments for the figures of `meet rec`, as the recorder lays them out: a head of 4096 bytes
 * and clusters of half a second, each with its checksum. Owns their bytes; measures nothing.
 */
import { crc32 } from 'node:zlib';

const HEAD_BYTES = 4096;
/** 2026-11-23T12:15:30Z in nanoseconds since 2001 (RFC 8794, 7.6). */
const DATE = 817_215_330_000_000_000n;

/** @param {number} id @param {Buffer} data */
export function element(id, data) {
  const name = Buffer.from(
    id.toString(16).padStart(id > 0xff_ffff ? 8 : id > 0xffff ? 6 : id > 0xff ? 4 : 2, '0'),
    'hex',
  );
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(data.length) | (1n << 56n));
  return Buffer.concat([name, size, data]);
}

/** @param {number} id @param {Buffer[]} children */
function checked(id, children) {
  const data = Buffer.concat(children);
  const sum = Buffer.alloc(6);
  sum.writeUInt16BE(0xbf84);
  sum.writeUInt32LE(crc32(data), 2);
  return element(id, Buffer.concat([sum, data]));
}

/** @param {number} value */
function number(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** @param {number} value */
function float(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

/** One cluster at `ms` with a picture of `bytes`. @param {number} ms @param {Buffer} bytes */
export function cluster(ms, bytes) {
  const block = Buffer.concat([Buffer.from([0x81, 0, 0, 0x80]), bytes]);
  return checked(0x1f43b675, [element(0xe7, number(ms)), element(0xa3, block)]);
}

/**
 * What stands before the clusters. `clusterBytes`: of all of them; left out, the segment has no end.
 *
 * @param {string} participant
 * @param {number} [clusterBytes]
 * @param {number} [durationMs]
 */
export function head(participant, clusterBytes, durationMs = 0) {
  const date = Buffer.alloc(8);
  date.writeBigInt64BE(DATE);
  const header = element(0x1a45dfa3, element(0x4282, Buffer.from('matroska')));
  const segmentStart = header.length + 12;
  const size = Buffer.alloc(12, 0xff);
  size.writeUInt32BE(0x18538067);
  size[4] = 1;
  if (clusterBytes !== undefined) {
    size.writeBigUInt64BE(BigInt(HEAD_BYTES - segmentStart + clusterBytes) | (1n << 56n), 4);
  }
  const info = checked(0x1549a966, [
    element(0x2ad7b1, number(1_000_000)),
    ...(clusterBytes === undefined ? [] : [element(0x4489, float(durationMs))]),
    element(0x4461, date),
    element(0x5741, Buffer.from('meet bench')),
  ]);
  const track = [
    element(0xd7, number(1)),
    element(0x83, number(1)),
    element(0x536e, Buffer.from('screen')),
    element(0x86, Buffer.from('V_MJPEG')),
  ];
  const tracks = checked(0x1654ae6b, [element(0xae, Buffer.concat(track))]);
  const tag = [
    element(0x45a3, Buffer.from('PARTICIPANT')),
    element(0x4487, Buffer.from(participant)),
  ];
  const tags = checked(0x1254c367, [element(0x7373, element(0x67c8, Buffer.concat(tag)))]);
  const page = Buffer.concat([header, size, info, tracks, tags]);
  return Buffer.concat([page, element(0xec, Buffer.alloc(HEAD_BYTES - page.length - 9))]);
}
