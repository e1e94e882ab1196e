/**
 * TLS 1.3 around a socket that is there already, on either side. Owns the settings that both sides
 * must have; decides not whom to trust, and keeps no key.
 */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { TLSSocket, connect, createSecureContext } from 'node:tls';

import { MeetError, systemErrorCode } from './errors.js';
import type { Binding } from './identity.js';
import { BINDING_BYTES, spkiFingerprint } from './identity.js';

/** Of a certificate's names, in words. */
const MOST_NAMES_UNITS = 300;

/** Keeps the handshake from being taken for another protocol's, and another's for ours (RFC 7301). */
export const ALPN = 'meet/1';

/** RFC 9266, 2: the label of the exporter that is unique to one TLS 1.3 connection. */
const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';

/**
 * What both sides offer (RFC 8446, B.4). AES-128 comes first: a tenth more bytes a second than AES-256
 * where the processor has AES. The names of TLS 1.2 that Node would add are no use in a hello, and the
 * daemon would keep them for each connection.
 */
const CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

/** Throws MEET_IDENTITY when key and certificate can't be used together. */
export function serverContext(key: string | Buffer, cert: string | Buffer): SecureContext {
  try {
    return createSecureContext({
      ...{ key, cert, ciphers: CIPHERS, minVersion: 'TLSv1.3' },
      // Left out, Node reads the 140 roots that it brings, for 14 ms; no client shows a certificate.
      ca: [],
      // A client that puts ChaCha20 first has no AES in its processor.
      secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MeetError('MEET_IDENTITY', `the certificate cannot be used: ${why}`, { cause });
  }
}

/** The daemon's side, on a paused socket. The handshake runs by itself; `secure` tells its end. */
export function acceptSecurely(socket: Socket, secureContext: SecureContext): TLSSocket {
  const secure = new TLSSocket(socket, { isServer: true, secureContext, ALPNCallback: chosenAlpn });
  // What Node would do once it is connected, which it is: a fifth of a kB for each.
  socket.removeAllListeners('connect');
  return secure;
}

/** A list of protocols would be encoded anew for each connection and hold 0.8 kB of a pool. */
function chosenAlpn({ protocols }: { readonly protocols: readonly string[] }): string | undefined {
  return protocols.includes(ALPN) ? ALPN : undefined;
}

/** Of a server's side after its handshake: MEET_TLS_FAILED for a client that names no ALPN. */
export function alpnFault(socket: TLSSocket): MeetError | undefined {
  if (socket.alpnProtocol === ALPN) return undefined;
  return new MeetError(
    'MEET_TLS_FAILED',
    `the peer's TLS names no protocol, expected ALPN "${ALPN}"`,
  );
}

export interface SecureConnectOptions {
  readonly host: string;
  /** Certificates to trust, PEM; then the host's name is checked, too. */
  readonly ca: string | undefined;
  /** Throws to refuse the server's key; `fingerprint` is that of its SPKI. */
  readonly trust: (fingerprint: string) => void;
}

/** A client's side. Rejects with MEET_TLS_FAILED, or with what `trust` throws. */
export function connectSecurely(
  socket: Socket,
  { host, ca, trust }: SecureConnectOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connect({
      socket,
      ALPNProtocols: [ALPN],
      ciphers: CIPHERS,
      minVersion: 'TLSv1.3',
      // Without a CA it is the pin that says whom to trust.
      rejectUnauthorized: ca !== undefined,
      // Left out, Node reads the 140 roots that it brings.
      ca: ca ?? [],
      ...(ca === undefined ? { checkServerIdentity: () => undefined } : {}),
      ...nameOf(host),
    });
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      secure.removeListener('error', onError);
      secure.removeListener('close', onClose);
    };
    const fail = (fault: unknown): void => {
      settle();
      secure.on('error', () => undefined);
      secure.destroy();
      reject(fault instanceof Error ? fault : new Error(String(fault)));
    };
    const onAbort = (): void => {
      fail(new MeetError('MEET_UNREACHABLE', `${host} did not answer in TLS in time`));
    };
    const onError = (error: Error): void => {
      fail(handshakeFault(error, host));
    };
    const onClose = (): void => {
      const words = `${host} closed the connection in the TLS handshake`;
      fail(new MeetError('MEET_PEER_GONE', words));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    secure.on('error', onError);
    secure.on('close', onClose);
    secure.once('secureConnect', () => {
      try {
        if (secure.alpnProtocol !== ALPN) throw wrongProtocol(host);
        trust(serverFingerprint(secure));
        settle();
        resolve(secure);
      } catch (thrown) {
        fail(thrown);
      }
    });
    if (signal.aborted) onAbort();
  });
}

/** What both sides of this connection have, and nobody else. */
export function channelBinding(socket: TLSSocket): Binding {
  const value = socket.exportKeyingMaterial(BINDING_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
  return { how: 'exporter', value };
}

function serverFingerprint(socket: TLSSocket): string {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    throw new MeetError('MEET_TLS_FAILED', 'the daemon showed no certificate');
  }
  return spkiFingerprint(certificate.publicKey.export({ type: 'spki', format: 'der' }));
}

/** A server name is a host name (RFC 6066, 3); an address must not be sent as one. */
function nameOf(host: string): { servername?: string; host: string } {
  return /^[\d.]+$|:/.test(host) ? { host } : { host, servername: host };
}

/** Of node:tls' codes those that a user can do something about. */
function handshakeFault(error: Error, host: string): MeetError {
  const code = systemErrorCode(error) ?? error.message;
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    const words = `${host} closed the connection in the TLS handshake`;
    return new MeetError('MEET_PEER_GONE', words, { cause: error });
  }
  const why =
    code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? otherNames(error, host) : HANDSHAKE_FAULTS[code];
  return new MeetError('MEET_TLS_FAILED', `no TLS with ${host}: ${why ?? code}`, { cause: error });
}

const NOT_OF_CA = 'its certificate is not of that CA (--ca)';

/** Codes of node:tls, and what a user can do about them. */
const HANDSHAKE_FAULTS: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER:
    'it does not speak TLS; is it an older daemon, or one with --tls off? Then: --tls off',
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: 'it is no meet daemon',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION:
    'it takes no TLS 1.3; is it a daemon with --tls off? Then: --tls off, which anybody between can read',
  DEPTH_ZERO_SELF_SIGNED_CERT: `${NOT_OF_CA}; or leave --ca out`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${NOT_OF_CA}, or those between them are missing in the daemon's --cert`,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_OF_CA,
  UNABLE_TO_GET_ISSUER_CERT: NOT_OF_CA,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_OF_CA,
  CERT_HAS_EXPIRED: "its certificate has expired, or this machine's clock is wrong",
  CERT_NOT_YET_VALID: "its certificate is not good yet, or this machine's clock is wrong",
};

/** node:tls, ERR_TLS_CERT_ALTNAME_INVALID: the error has the certificate. */
function otherNames(error: Error, host: string): string {
  const names: unknown =
    'cert' in error && typeof error.cert === 'object' && error.cert !== null
      ? Reflect.get(error.cert, 'subjectaltname')
      : undefined;
  const shown = typeof names === 'string' ? names.slice(0, MOST_NAMES_UNITS) : 'no name';
  return `its certificate is for another host name, ${shown}; --host ${host} is none of these`;
}

function wrongProtocol(host: string): MeetError {
  return new MeetError('MEET_TLS_FAILED', `${host} speaks TLS, but not ${ALPN}: no meet daemon`);
}
