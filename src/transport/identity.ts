/**
 * Who a client is: an Ed25519 key (RFC 8032) and its signature over what only this connection has.
 * Owns the statement that is signed, fingerprints and the checking; keeps no key and reads no file.
 *
 *   statement = "meet/1 exporter" 0x00 <32 bytes>     over TLS: the channel's exporter (RFC 9266)
 *             = "meet/1 nonce"    0x00 <32 bytes>     in plain on loopback: the daemon's nonce
 *
 * The two beginnings differ, so that a daemon in plain can't have an exporter signed as its nonce.
 */
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { MeetError } from './errors.js';

/** What a signature is bound to: 32 bytes that another connection doesn't have. */
export interface Binding {
  readonly how: 'exporter' | 'nonce';
  readonly value: Buffer;
}

export const BINDING_BYTES = 32;

/** SubjectPublicKeyInfo of an Ed25519 key without the 32 bytes of the key (RFC 8410, 4 and 10.1). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

export class Identity {
  /** The 32 bytes of the public key, base64url: what the daemon is told, and keeps. */
  readonly key: string;
  readonly #privateKey: KeyObject;

  /** Throws MEET_IDENTITY for a key that is not an Ed25519 private key. */
  constructor(privateKey: KeyObject) {
    if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519') {
      throw new MeetError(
        'MEET_IDENTITY',
        `an identity is an Ed25519 private key, this is ${privateKey.type} ${privateKey.asymmetricKeyType ?? ''}`,
      );
    }
    const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
    this.key = spki.subarray(SPKI_PREFIX.length).toString('base64url');
    this.#privateKey = privateKey;
  }

  static generate(): { identity: Identity; pem: string } {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    return { identity: new Identity(privateKey), pem: pem.toString() };
  }

  get fingerprint(): string {
    return keyFingerprint(this.key);
  }

  /** base64url of the 64 bytes. */
  sign(binding: Binding): string {
    return sign(null, statement(binding), this.#privateKey).toString('base64url');
  }
}

/** Whether `signature` is that of `key` over the binding; false for whatever is not well formed. */
export function isSignedBy(key: string, signature: string, binding: Binding): boolean {
  if (!isKey(key)) return false;
  const bytes = Buffer.from(signature, 'base64url');
  if (bytes.length !== SIGNATURE_BYTES) return false;
  try {
    return verify(null, statement(binding), publicKeyOf(key), bytes);
  } catch {
    return false;
  }
}

/** Whether a text is a public key as the wire carries it: 32 bytes, base64url without padding. */
export function isKey(key: string): boolean {
  return /^[\w-]{43}$/.test(key) && Buffer.from(key, 'base64url').length === KEY_BYTES;
}

/** `SHA256:` and the base64url of the hash of the key's SubjectPublicKeyInfo, for eyes and lists. */
export function keyFingerprint(key: string): string {
  return spkiFingerprint(Buffer.concat([SPKI_PREFIX, Buffer.from(key, 'base64url')]));
}

/** Of any public key in DER: that of a certificate is what clients pin. */
export function spkiFingerprint(spki: Buffer): string {
  return `SHA256:${createHash('sha256').update(spki).digest('base64url')}`;
}

/**
 * A fingerprint as a user may write it: with or without `SHA256:`, in base64 of either alphabet, with
 * or without padding, or in hex. Undefined for anything else.
 */
export function parseFingerprint(text: string): string | undefined {
  const word = text.trim().replace(/^sha-?256[:/=]/i, '');
  const hex = word.replaceAll(':', '');
  const bytes = /^[0-9a-fA-F]{64}$/.test(hex)
    ? Buffer.from(hex, 'hex')
    : /^[\w+/-]{43}=?$/.test(word)
      ? Buffer.from(word, 'base64')
      : undefined;
  return bytes?.length === 32 ? `SHA256:${bytes.toString('base64url')}` : undefined;
}

function publicKeyOf(key: string): KeyObject {
  const spki = Buffer.concat([SPKI_PREFIX, Buffer.from(key, 'base64url')]);
  return createPublicKey({ key: spki, format: 'der', type: 'spki' });
}

function statement({ how, value }: Binding): Buffer {
  return Buffer.concat([Buffer.from(`meet/1 ${how}\0`, 'ascii'), value]);
}
