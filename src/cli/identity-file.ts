/**
 * The keys that lie in files: a user's or a kiosk's identity, and the daemon's certificate. Owns making
 * them on first use and reading them; shows no private key.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import type { SecureContext } from 'node:tls';

import { MeetError } from '../transport/errors.js';
import { Identity, spkiFingerprint } from '../transport/identity.js';
import { serverContext } from '../transport/secure-socket.js';
import { readBoundedText } from './bounded-read.js';
import type { Io } from './io.js';
import { printable } from './printable.js';
import { readPrivateInput } from './private-file.js';
import { createSecret, readSecret, stateFolder } from './state-folder.js';

/** RFC 5280, 4.1.2.5: "no well-defined expiration date". It is the key that clients pin. */
const NEVER = new Date('9999-12-31T23:59:59Z');

/** A chain and a key are some kilobytes. */
const MOST_KEY_BYTES = 1024 * 1024;

/** Reads it, or makes it. `path` undefined: this user's. Throws MEET_IDENTITY. */
export function openIdentity(io: Io, path?: string): Identity {
  const file = path ?? join(stateFolder(io), 'identity.pem');
  const known = readSecret(file);
  if (known !== undefined) return identityOf(known, file);
  const { identity, pem } = Identity.generate();
  if (createSecret(file, pem)) return identity;
  return identityOf(readSecret(file) ?? '', file);
}

function identityOf(pem: string, file: string): Identity {
  try {
    return new Identity(createPrivateKey(pem));
  } catch (cause) {
    throw new MeetError(
      'MEET_IDENTITY',
      `${file} holds no Ed25519 private key in PEM; move it away, and a new one is made`,
      { cause },
    );
  }
}

export interface DaemonKey {
  readonly context: SecureContext;
  /** Of its SPKI: what clients pin. */
  readonly fingerprint: string;
}

/** Those of `--key` and `--cert`, else the daemon's own, made on first use. Rejects with MEET_IDENTITY. */
export async function openDaemonKey(
  io: Io,
  given: { readonly key: string | undefined; readonly cert: string | undefined },
): Promise<DaemonKey> {
  const { key, cert } = given;
  if (key !== undefined && cert !== undefined) {
    return daemonKey(await givenKey(io, key), await readGiven(io, cert));
  }
  if (key !== undefined || cert !== undefined) {
    throw new MeetError('MEET_USAGE', '--key and --cert belong together: give both, or neither');
  }
  const file = join(stateFolder(io), 'daemon.pem');
  const known = readSecret(file);
  if (known !== undefined) return daemonKey(known, known);
  const made = await makeCertificate();
  const pem = createSecret(file, made) ? made : (readSecret(file) ?? '');
  return daemonKey(pem, pem);
}

function daemonKey(key: string, cert: string): DaemonKey {
  const context = serverContext(key, cert);
  const { publicKey } = new X509Certificate(cert.slice(cert.indexOf('-----BEGIN CERTIFICATE')));
  return {
    context,
    fingerprint: spkiFingerprint(publicKey.export({ type: 'spki', format: 'der' })),
  };
}

/** A P-256 key and a certificate of its own signature, both as PEM. */
async function makeCertificate(): Promise<string> {
  const { generate } = (await import('selfsigned')).default;
  const made = await generate([{ name: 'commonName', value: 'meet' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate: NEVER,
  });
  return `${made.private}\n${made.cert}\n`;
}

/** A key of a CA's is not ours to refuse: it is warned of. */
async function givenKey(io: Io, path: string): Promise<string> {
  try {
    const { text, readable } = await readPrivateInput(path, MOST_KEY_BYTES, io.ending);
    if (readable !== undefined) {
      io.stderr.write(`${printable(`--key ${path} is a private key; ${readable}`)}\n`);
    }
    return text;
  } catch (cause) {
    throw new MeetError('MEET_IDENTITY', `--key ${path} cannot be read: ${String(cause)}`, {
      cause,
    });
  }
}

async function readGiven(io: Io, path: string): Promise<string> {
  try {
    return await readBoundedText(path, MOST_KEY_BYTES, io.ending);
  } catch (cause) {
    throw new MeetError('MEET_IDENTITY', `${path} cannot be read: ${String(cause)}`, { cause });
  }
}
