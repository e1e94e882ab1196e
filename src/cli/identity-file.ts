/**
 * The keys that lie in files: a user's or a kiosk's identity, and the daemon's certificate. Owns making
 * them on first use and reading them; shows no private key.
 */
import type { X509Certificate } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import type { SecureContext } from 'node:tls';

import { MeetError, systemErrorCode } from '../transport/errors.js';
import { Identity, spkiFingerprint } from '../transport/identity.js';
import { serverContext } from '../transport/secure-socket.js';
import { readBoundedText } from './bounded-read.js';
import type { NamedText } from './given-certificate.js';
import { outOfTime, ownCertificate } from './given-certificate.js';
import type { Io } from './io.js';
import { printable } from './printable.js';
import { readPrivateInput } from './private-file.js';
import { createSecret, readSecret, stateFolder } from './state-folder.js';

/** RFC 5280, 4.1.2.5: "no well-defined expiration date". It is the key that clients pin. */
const NEVER = new Date('9999-12-31T23:59:59Z');

/** Another user's or program's file is not ours to have moved. */
const ANOTHER_FILE = 'give another: --identity FILE, which is made where there is none';

/** A chain and a key are some kilobytes. */
const MOST_KEY_BYTES = 1024 * 1024;

/** Reads it, or makes it. `path` undefined: this user's. Throws MEET_IDENTITY. */
export function openIdentity(io: Pick<Io, 'env'>, path?: string): Identity {
  const mend = path === undefined ? undefined : ANOTHER_FILE;
  const file = path ?? join(stateFolder(io), 'identity.pem');
  const known = readSecret(file, mend);
  if (known !== undefined) return identityOf(known, file, mend);
  const { identity, pem } = Identity.generate();
  if (createSecret(file, pem, mend)) return identity;
  return identityOf(madeByAnother(file, mend), file, mend);
}

/** `mend`: undefined for the file that is this program's own, which may be made anew. */
function identityOf(pem: string, file: string, mend: string | undefined): Identity {
  try {
    return new Identity(createPrivateKey(pem));
  } catch (cause) {
    const what = cause instanceof MeetError ? cause.message : `it holds ${insteadOfIdentity(pem)}`;
    throw new MeetError(
      'MEET_IDENTITY',
      `${file} is no identity, expected an Ed25519 private key in PEM (PKCS #8): ${what}; ${mend ?? 'move it away, and a new one is made, which has to be let in anew'}`,
      { cause },
    );
  }
}

function insteadOfIdentity(text: string): string {
  if (text.trim() === '') return 'nothing';
  if (text.includes('OPENSSH PRIVATE KEY')) return 'a key of OpenSSH';
  if (/^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(text)) return 'an encrypted key';
  if (text.includes('PRIVATE KEY')) return 'half of a key, or one that is unknown here';
  return text.includes('PUBLIC KEY') ? 'a public key' : 'no key';
}

/** What was not there, and is there now; a link to nothing is neither. */
function madeByAnother(file: string, mend?: string): string {
  const text = readSecret(file, mend);
  if (text !== undefined) return text;
  throw new MeetError('MEET_IDENTITY', `${file} is a link to a file that is not there; remove it`);
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
  if (key !== undefined && cert !== undefined) return givenKeyAndCert(io, key, cert);
  if (key !== undefined || cert !== undefined) {
    throw new MeetError('MEET_USAGE', '--key and --cert belong together: give both, or neither');
  }
  const name = join(stateFolder(io), 'daemon.pem');
  const known = readSecret(name);
  if (known !== undefined) return ownDaemonKey({ name, text: known });
  const made = await makeCertificate();
  const text = createSecret(name, made) ? made : madeByAnother(name);
  return ownDaemonKey({ name, text });
}

/** Clients with a CA look at the time, those that pin don't: one that is out of it is warned of. */
async function givenKeyAndCert(io: Io, keyPath: string, certPath: string): Promise<DaemonKey> {
  const key = { name: `--key ${keyPath}`, text: await givenKey(io, keyPath) };
  const cert = { name: `--cert ${certPath}`, text: await readGiven(io, certPath) };
  const certificate = ownCertificate(key, cert);
  const why = outOfTime(certificate, io.clock.wallUs() / 1000);
  if (why !== undefined) {
    io.stderr.write(`${printable(`${cert.name}: ${why}; clients with --ca refuse it`)}\n`);
  }
  return daemonKey(key, cert, certificate);
}

function ownDaemonKey(file: NamedText): DaemonKey {
  try {
    return daemonKey(file, file, ownCertificate(file, file));
  } catch (cause) {
    const words = `${file.name} does not hold a private key and its certificate, as it was made; move it away, and a new one is made, which clients that have met this daemon refuse until its line in their known_hosts is removed`;
    throw new MeetError('MEET_IDENTITY', words, { cause });
  }
}

function daemonKey(key: NamedText, cert: NamedText, { publicKey }: X509Certificate): DaemonKey {
  return {
    context: serverContext(key.text, cert.text),
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
    throw unreadable(`--key ${path}`, cause);
  }
}

async function readGiven(io: Io, path: string): Promise<string> {
  try {
    return await readBoundedText(path, MOST_KEY_BYTES, io.ending);
  } catch (cause) {
    throw unreadable(`--cert ${path}`, cause);
  }
}

function unreadable(name: string, cause: unknown): MeetError {
  const why = systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return new MeetError('MEET_IDENTITY', `${name} cannot be read (${why})`, { cause });
}
