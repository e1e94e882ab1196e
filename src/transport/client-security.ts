/**
 * What a client brings for its safety: when it speaks TLS, whom it trusts, who it is. Owns the rules
 * of when which of these is used; reads no file and opens nothing.
 */
import type { Credentials } from './admission-records.js';
import { MeetError } from './errors.js';
import type { Binding, Identity } from './identity.js';
import { isLoopbackHost } from './network-address.js';

/** on: TLS everywhere but on loopback. required: there, too. off: nowhere. */
export const TLS_MODES = ['on', 'off', 'required'] as const;
export type TlsMode = (typeof TLS_MODES)[number];

export interface ClientSecurity {
  readonly tls: TlsMode;
  /** Certificates of a CA, PEM: then names are checked, too. */
  readonly ca: string | undefined;
  /** Looks at the fingerprint of the daemon's key; throws MEET_PIN_CHANGED to refuse it. */
  readonly trust: (fingerprint: string) => void;
  /** Left out: unknown to everybody. */
  readonly identity: Identity | undefined;
  /** `ID.SECRET` of an invite. */
  readonly invite: string | undefined;
}

export function speaksTls({ tls }: ClientSecurity, host: string): boolean {
  return tls === 'required' || (tls === 'on' && !isLoopbackHost(host));
}

/**
 * What hello carries. `binding`: of the TLS channel; without one the daemon asks for a proof. Throws
 * MEET_TLS_REQUIRED where an invite would cross a network in plain.
 */
export function credentialsFor(
  security: ClientSecurity | undefined,
  host: string,
  binding: Binding | undefined,
): Credentials | undefined {
  if (security === undefined) return undefined;
  const { identity, invite } = security;
  if (invite !== undefined && binding === undefined && !isLoopbackHost(host)) {
    throw new MeetError(
      'MEET_TLS_REQUIRED',
      'an invite is a secret and is not sent in plain; leave out --tls off',
    );
  }
  if (identity === undefined && invite === undefined) return undefined;
  return {
    ...(identity === undefined ? {} : { key: identity.key }),
    ...(identity === undefined || binding === undefined
      ? {}
      : { signature: identity.sign(binding) }),
    ...(invite === undefined ? {} : { invite }),
  };
}
