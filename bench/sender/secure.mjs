// @ts-check
/**
 * TLS 1.3 of a bench's clients, as meet-protocol(7) describes it, and for nats-server a certificate of
 * the same kind. Whoever answers is trusted: it is this machine.
 */
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';

/** As meet's own clients offer them: the longer list of Node's default is kept by the daemon. */
const CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

/**
 * @param {import('node:net').Socket} socket A connected one.
 * @param {string[]} [alpn]
 * @returns {Promise<import('node:tls').TLSSocket>}
 */
export async function secured(socket, alpn = ['meet/1']) {
  const names = alpn.length === 0 ? {} : { ALPNProtocols: alpn, ciphers: CIPHERS };
  const secure = connect({ socket, rejectUnauthorized: false, ...names });
  await once(secure, 'secureConnect');
  return secure;
}

/** @returns {Promise<{ key: string, cert: string }>} Paths of a P-256 key and its certificate. */
export async function certificateFiles() {
  const { default: selfsigned } = await import('selfsigned');
  const made = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
  });
  const folder = mkdtempSync(join(tmpdir(), 'meet-bench-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  writeFileSync(key, made.private, { mode: 0o600 });
  writeFileSync(cert, made.cert);
  return { key, cert };
}
