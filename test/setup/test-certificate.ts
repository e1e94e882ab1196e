/** A daemon's key and certificate for tests, made once for a process. Owns nothing else. */
import selfsigned from 'selfsigned';
import { X509Certificate } from 'node:crypto';
import type { AdmissionRules } from '../../src/daemon/admission/admission-rules.js';
import { defaultRules } from '../../src/daemon/admission/admission-rules.js';
import type { DaemonSecurity } from '../../src/daemon/daemon-options.js';
import { spkiFingerprint } from '../../src/transport/identity.js';
import { serverContext } from '../../src/transport/secure-socket.js';

export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
  readonly fingerprint: string;
}

export async function makeTestCertificate(): Promise<TestCertificate> {
  const made = await selfsigned.generate([{ name: 'commonName', value: 'meet test' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
  });
  const { publicKey } = new X509Certificate(made.cert);
  const fingerprint = spkiFingerprint(publicKey.export({ type: 'spki', format: 'der' }));
  return { key: made.private, cert: made.cert, fingerprint };
}

let certificate: Promise<TestCertificate> | undefined;

export async function testSecurity(rules: Partial<AdmissionRules>): Promise<DaemonSecurity> {
  certificate ??= makeTestCertificate();
  const { key, cert, fingerprint } = await certificate;
  return {
    secureContext: serverContext(key, cert),
    fingerprint,
    rules: { ...defaultRules(), ...rules },
  };
}
