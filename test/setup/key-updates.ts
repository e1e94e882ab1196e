/**
 * KeyUpdate records as a TLS 1.3 client may send them at any time (RFC 8446, 4.6.3 and 7.2), made from
 * what Node tells of a connection's keys: Node itself sends none. Owns one direction's secret.
 */
import { createCipheriv, createHmac } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const TAG_BYTES = 16;
const IV_BYTES = 12;
/** Type 24, length 1, and that an answer is wanted. */
const KEY_UPDATE = Buffer.of(24, 0, 0, 1, 1, HANDSHAKE);

/** Ciphers of TLS 1.3 by their names: hash, its bytes, and the key's bytes. */
const CIPHERS = {
  TLS_AES_256_GCM_SHA384: { hash: 'sha384', keyBytes: 32, cipher: 'aes-256-gcm' },
  TLS_AES_128_GCM_SHA256: { hash: 'sha256', keyBytes: 16, cipher: 'aes-128-gcm' },
} as const;

/** `socket`: after its handshake; `secret`: the line of its `keylog` event for the client's traffic. */
export class KeyUpdates {
  readonly #suite;
  #secret: Buffer;
  #sequence: number;

  /** `sequence`: records that the client has sent since its handshake. */
  constructor(socket: TLSSocket, secret: Buffer, sequence: number) {
    const { name } = socket.getCipher();
    const suite = Object.entries(CIPHERS).find(([each]) => each === name)?.[1];
    if (suite === undefined) throw new Error(`no records are made for ${name}`);
    this.#suite = suite;
    this.#secret = secret;
    this.#sequence = sequence;
  }

  /** So many of them, one behind the other. */
  next(count: number): Buffer {
    return Buffer.concat(Array.from({ length: count }, () => this.#one()));
  }

  #one(): Buffer {
    const { keyBytes, cipher, hash } = this.#suite;
    const header = Buffer.of(APPLICATION_DATA, 3, 3, 0, KEY_UPDATE.length + TAG_BYTES);
    const iv = this.#expand('iv', IV_BYTES);
    iv.writeUInt32BE((iv.readUInt32BE(IV_BYTES - 4) ^ this.#sequence) >>> 0, IV_BYTES - 4);
    const sealing = createCipheriv(cipher, this.#expand('key', keyBytes), iv).setAAD(header);
    const sealed = Buffer.concat([sealing.update(KEY_UPDATE), sealing.final()]);
    this.#secret = this.#expand('traffic upd', hash === 'sha384' ? 48 : 32);
    this.#sequence = 0;
    return Buffer.concat([header, sealed, sealing.getAuthTag()]);
  }

  /** HKDF-Expand-Label with an empty context, of at most one hash (RFC 8446, 7.1). */
  #expand(label: string, bytes: number): Buffer {
    const name = Buffer.from(`tls13 ${label}`);
    const info = Buffer.concat([Buffer.of(0, bytes, name.length), name, Buffer.of(0, 1)]);
    return createHmac(this.#suite.hash, this.#secret).update(info).digest().subarray(0, bytes);
  }
}
