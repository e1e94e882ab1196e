// @ts-check
/**
 * Viewers that come one after the other, in TLS with a signature or in plain without: how long each
 * takes from its first packet to the first picture, decoded.
 */
import { once } from 'node:events';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { secured } from './secure.mjs';
import { control, dial, preamble } from './wire.mjs';

const HEADER_BYTES = 32;
const PREAMBLE_BYTES = 8;
const TYPE_MEDIA = 1;

/**
 * Says the p50 and p95 in ms.
 *
 * @param {{ port: number, rounds: number, tls: boolean }} options
 * @param {(result: object) => void} say
 */
export async function handshakes({ port, rounds, tls }, say) {
  const { default: sharp } = await import('sharp');
  const identity = generateKeyPairSync('ed25519');
  /** @type {number[]} */
  const tookMs = [];
  // The first few also load what is loaded once.
  for (let round = -5; round < rounds; round += 1) {
    const startedMs = performance.now();
    const jpeg = await firstPicture(port, tls ? identity : undefined);
    await sharp(jpeg).raw().toBuffer();
    if (round >= 0) tookMs.push(performance.now() - startedMs);
  }
  tookMs.sort((one, other) => one - other);
  const at = (/** @type {number} */ share) => tookMs[Math.ceil(share * rounds) - 1] ?? 0;
  say({ p50Ms: at(0.5), p95Ms: at(0.95) });
}

/**
 * @param {number} port
 * @param {import('node:crypto').KeyPairKeyObjectResult | undefined} identity In TLS, with this key.
 * @returns {Promise<Buffer>}
 */
async function firstPicture(port, identity) {
  const plain = await dial(port);
  const socket = identity === undefined ? plain : await secured(plain);
  const session = randomUUID();
  const hello = { type: 'hello', versions: [1], role: 'subscribe', name: session, session };
  const credentials = identity === undefined ? {} : { credentials: signedBy(identity, socket) };
  socket.write(preamble('screen'));
  socket.write(control({ ...hello, room: 'bench', ...credentials }));
  let bytes = Buffer.alloc(0);
  for (;;) {
    const [chunk] = await once(socket, 'data');
    bytes = Buffer.concat([bytes, chunk]);
    const picture = mediaIn(bytes);
    if (picture === undefined) continue;
    socket.destroy();
    return picture;
  }
}

/**
 * The credentials of a hello on this TLS connection.
 *
 * @param {import('node:crypto').KeyPairKeyObjectResult} identity
 * @param {import('node:net').Socket} socket
 */
export function signedBy({ publicKey, privateKey }, socket) {
  const secure = /** @type {import('node:tls').TLSSocket} */ (socket);
  const exporter = secure.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
  const statement = Buffer.concat([Buffer.from('meet/1 exporter\0'), exporter]);
  const { x: key } = publicKey.export({ format: 'jwk' });
  return { key, signature: sign(null, statement, privateKey).toString('base64url') };
}

/** @param {Buffer} bytes */
function mediaIn(bytes) {
  for (let at = PREAMBLE_BYTES; bytes.length >= at + HEADER_BYTES;) {
    const end = at + HEADER_BYTES + bytes.readUInt32BE(at + 12);
    if (bytes.length < end) return undefined;
    if (bytes[at] === TYPE_MEDIA && end > at + HEADER_BYTES) {
      return bytes.subarray(at + HEADER_BYTES, end);
    }
    at = end;
  }
  return undefined;
}
