/**
 * A certificate and its key as they lie in files, as people make and mix them up. Owns what is looked
 * at before TLS sees them, and the words that name the file and how to mend it; reads no file.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { MeetError } from '../transport/errors.js';

/** A text of a file, and what messages call the file. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** Labels as OpenSSL takes them (its PEM_read_bio_PrivateKey(3), FLAGS). */
const CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** All certificates of a text in PEM, in their order. Throws MEET_IDENTITY where there is none. */
export function certificatesOf({ name, text }: NamedText): readonly X509Certificate[] {
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw unusable(`${name} holds no certificate in PEM${insteadOf(text)}`);
  try {
    return found.map((pem) => new X509Certificate(pem));
  } catch (cause) {
    throw unusable(`a certificate in ${name} cannot be read: ${reasonOf(cause)}`, cause);
  }
}

/**
 * The first certificate, when the key is its own. Throws MEET_IDENTITY.
 */
export function ownCertificate(key: NamedText, cert: NamedText): X509Certificate {
  const chain = certificatesOf(cert);
  const privateKey = privateKeyOf(key);
  const own = chain.findIndex((each) => each.checkPrivateKey(privateKey));
  const [first] = chain;
  if (own === 0 && first !== undefined) return first;
  throw unusable(
    own === -1
      ? `${key.name} is not the key of the certificate in ${cert.name}; give the key that it was made with`
      : `the certificate of ${key.name} is number ${own + 1} in ${cert.name}; put it first, and those that signed it behind it`,
  );
}

/** Why clients with --ca do not take it at this time; undefined: they do. `nowMs`: of the Unix epoch. */
export function outOfTime(
  { validFrom, validTo }: X509Certificate,
  nowMs: number,
): string | undefined {
  if (nowMs > Date.parse(validTo)) return `it was good until ${isoOf(validTo)}`;
  if (nowMs < Date.parse(validFrom)) return `it is good from ${isoOf(validFrom)} only`;
  return undefined;
}

function privateKeyOf({ name, text }: NamedText): KeyObject {
  if (/^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(text)) {
    throw unusable(
      `${name} is encrypted, and nobody is asked for its password; decrypt it: openssl pkey -in FILE -out NEW`,
    );
  }
  if (!PRIVATE_KEY.test(text))
    throw unusable(`${name} holds no private key in PEM${insteadOf(text)}`);
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw unusable(`the private key in ${name} cannot be read: ${reasonOf(cause)}`, cause);
  }
}

/** What a file holds that is not what it should. */
function insteadOf(text: string): string {
  if (text.trim() === '') return ': it is empty';
  if (PRIVATE_KEY.test(text)) return ' but a private key; are --cert and --key mixed up?';
  if (text.includes('-----BEGIN CERTIFICATE-----')) {
    return text.includes('-----END CERTIFICATE-----')
      ? ' but a certificate; are --cert and --key mixed up?'
      : ' but half of a certificate';
  }
  // A SEQUENCE of more than 127 bytes (X.690, 8.1.3).
  if (/^0[\u0081\u0082\uFFFD]/.test(text))
    return '; of DER it is made by: openssl x509, or pkey, -inform der';
  return '';
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function isoOf(date: string): string {
  return new Date(Date.parse(date)).toISOString();
}

function unusable(words: string, cause?: unknown): MeetError {
  return new MeetError('MEET_IDENTITY', words, cause === undefined ? {} : { cause });
}
