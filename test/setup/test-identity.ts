/**
 * Keys and signatures as meet-protocol(7) describes them, made without src/. Owns one Ed25519 key.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { TLSSocket } from 'node:tls';

/** The exporter of a TLS connection (RFC 9266). */
export function exporterOf(socket: unknown): Buffer {
  if (!(socket instanceof TLSSocket)) throw new Error('this connection is plain');
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
}

export class TestIdentity {
  /** 32 bytes, base64url. */
  readonly key: string;
  readonly #privateKey: KeyObject;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    this.key = publicKey.export({ format: 'jwk' }).x ?? '';
    this.#privateKey = privateKey;
  }

  signature(how: 'exporter' | 'nonce', value: Buffer): string {
    const statement = Buffer.concat([Buffer.from(`meet/1 ${how}`), Buffer.of(0), value]);
    return sign(null, statement, this.#privateKey).toString('base64url');
  }

  /** As hello carries them over this connection. */
  credentials(socket: unknown): { key: string; signature: string } {
    return { key: this.key, signature: this.signature('exporter', exporterOf(socket)) };
  }
}
