/**
 * A daemon's safety as its options say: its key, and who may come in. Owns the building of this from
 * files; the daemon uses it.
 */
import { join } from 'node:path';

import type { DaemonSecurity } from '../daemon/daemon-options.js';
import { openDaemonKey } from './identity-file.js';
import type { Io } from './io.js';
import type { DaemonSecurityOptions } from './security-options.js';
import { stateFile, stateFolder } from './state-folder.js';

/** Makes the daemon's key on its first start. Rejects with MEET_IDENTITY. */
export async function daemonSecurity(
  io: Io,
  options: DaemonSecurityOptions,
): Promise<DaemonSecurity> {
  const { tls, open, plain, plainFrom, key: keyFile, cert } = options;
  if (tls === 'off' && (keyFile ?? cert) !== undefined) {
    io.stderr.write('--key and --cert are not used: with --tls off there is no TLS\n');
  }
  const key = tls === 'off' ? undefined : await openDaemonKey(io, options);
  const folder = stateFolder(io);
  return {
    secureContext: key?.context,
    fingerprint: key?.fingerprint,
    rules: {
      open,
      tlsRequired: tls === 'required',
      plain: plain === 'on',
      plainFrom,
      admitted: stateFile(join(folder, 'admitted')),
      invites: stateFile(join(folder, 'invites')),
    },
  };
}
