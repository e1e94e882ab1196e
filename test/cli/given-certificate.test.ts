import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import selfsigned from 'selfsigned';
import { describe, expect, it } from 'vitest';

import { certificatesOf, outOfTime, ownCertificate } from '../../src/cli/given-certificate.js';

const KIND = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
const root = await selfsigned.generate([{ name: 'commonName', value: 'root' }], {
  ...KIND,
  extensions: [{ name: 'basicConstraints', cA: true }],
});
const leaf = await selfsigned.generate([{ name: 'commonName', value: 'daemon' }], {
  ...KIND,
  ca: { key: root.private, cert: root.cert },
  notBeforeDate: new Date('2026-01-01T00:00:00Z'),
  notAfterDate: new Date('2026-02-01T00:00:00Z'),
});
const encrypted = createPrivateKey(leaf.private)
  .export({
    ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
  })
  .toString();
const der = Buffer.from(leaf.cert.replace(/-----.*-----|\s/g, ''), 'base64').toString('utf8');

const own = (key: string, cert: string): unknown =>
  ownCertificate({ name: '--key K', text: key }, { name: '--cert C', text: cert });

describe('a certificate and its key from files', () => {
  it('are taken alone, with those that signed it, and both in one file', () => {
    const both = `${leaf.private}\n${leaf.cert}`;
    for (const cert of [leaf.cert, `${leaf.cert}\n${root.cert}`, both]) {
      expect(() => own(leaf.private, cert)).not.toThrow();
    }
    expect(() => own(both, both)).not.toThrow();
  });

  it.each([
    [
      'of another key',
      root.private,
      leaf.cert,
      '--key K is not the key of the certificate in --cert C',
    ],
    [
      'in the wrong order',
      leaf.private,
      `${root.cert}\n${leaf.cert}`,
      'number 2 in --cert C; put it first',
    ],
    ['mixed up', leaf.cert, leaf.private, '--cert C holds no certificate in PEM but a private key'],
    [
      'without a key',
      leaf.cert,
      leaf.cert,
      '--key K holds no private key in PEM but a certificate',
    ],
    ['with an empty key', ' \n', leaf.cert, '--key K holds no private key in PEM: it is empty'],
    ['empty', leaf.private, '', '--cert C holds no certificate in PEM: it is empty'],
    ['with an encrypted key', encrypted, leaf.cert, '--key K is encrypted'],
    [
      'cut',
      leaf.private,
      leaf.cert.slice(0, 300),
      '--cert C holds no certificate in PEM but half of',
    ],
    ['in DER', leaf.private, der, '-inform der'],
    [
      'of noise',
      leaf.private,
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      'a certificate in --cert C cannot be read',
    ],
    [
      'with a key of noise',
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
      leaf.cert,
      'the private key in --key K cannot be read',
    ],
  ])('are refused %s, in words that name the file and how to mend it', (_, key, cert, words) => {
    expect(() => own(key, cert)).toThrow(expect.objectContaining({ code: 'MEET_IDENTITY' }));
    expect(() => own(key, cert)).toThrow(words);
  });

  it('are told apart by whether they are good at this time', () => {
    const [certificate] = certificatesOf({ name: 'C', text: leaf.cert });
    if (certificate === undefined) throw new Error('no certificate');
    const at = (day: string): string | undefined => outOfTime(certificate, Date.parse(day));
    expect(at('2026-01-15T00:00:00Z')).toBeUndefined();
    expect(at('2026-02-15T00:00:00Z')).toContain('until 2026-02-01T00:00:00.000Z');
    expect(at('2025-12-15T00:00:00Z')).toContain('from 2026-01-01T00:00:00.000Z');
  });

  it('may have a public key in their file as well', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
    expect(() => own(`${pem}${leaf.private}`, leaf.cert)).not.toThrow();
  });
});
