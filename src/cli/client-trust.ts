/**
 * A client's safety as its options say: who it is, whom it trusts, when it encrypts. Owns the building
 * of this from files; the connection uses it.
 */
import { join } from 'node:path';

import type { ClientSecurity } from '../transport/client-security.js';
import { MeetError, asMeetError, systemErrorCode } from '../transport/errors.js';
import type { Identity } from '../transport/identity.js';
import type { Invite } from '../transport/invite-url.js';
import { hostAndPort, isLoopbackHost } from '../transport/network-address.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { readBoundedText } from './bounded-read.js';
import { certificatesOf } from './given-certificate.js';
import { openIdentity } from './identity-file.js';
import type { Io } from './io.js';
import { KnownHosts, requirePin } from './known-hosts.js';
import { printable } from './printable.js';
import type { ClientSecurityOptions } from './security-options.js';
import { stateFolder } from './state-folder.js';

/** A system's whole bundle of CAs is 0.2 MB. */
const MOST_CA_BYTES = 4 * 1024 * 1024;

export interface Whereabouts extends Omit<ClientSecurityOptions, 'invite'> {
  readonly host: string;
  readonly ports: Readonly<Record<StreamKind, number>>;
}

/** Rejects with MEET_IDENTITY. `onNotice`: one line on a daemon that is met for the first time. */
export async function clientSecurity(
  io: Io,
  options: Whereabouts,
  invite: Invite | undefined,
  onNotice: (line: string) => void,
): Promise<ClientSecurity> {
  return {
    tls: options.tls,
    ca: options.ca === undefined ? undefined : await readCa(io, options.ca),
    trust: trustFor(io, options, invite, onNotice),
    identity: identityFor(io, options),
    invite: invite?.token,
  };
}

function trustFor(
  io: Io,
  { host, ports, pin, ca }: Whereabouts,
  invite: Invite | undefined,
  onNotice: (line: string) => void,
): ClientSecurity['trust'] {
  const name = hostAndPort(host, ports.screen);
  if (pin !== undefined) {
    return (shown) => {
      requirePin(name, pin, shown, '--pin');
    };
  }
  if (invite !== undefined) {
    return (shown) => {
      requirePin(name, invite.pin, shown, 'invite');
    };
  }
  // The chain and the name have been checked by then.
  if (ca !== undefined) return () => undefined;
  const onFirst = (_: string, shown: string): void => {
    const words = `first time at ${name}: its key is ${shown}; compare it there, it is remembered here`;
    onNotice(printable(words));
  };
  return (shown) => {
    // On its own machine nothing is remembered, and no folder needed.
    new KnownHosts(join(stateFolder(io), 'known_hosts'), onFirst).trust(name, shown);
  };
}

/** On its own machine one is let in without a key: a folder that can't be written is no hindrance. */
function identityFor(
  io: Io,
  { host, identity }: Pick<Whereabouts, 'host' | 'identity'>,
): Identity | undefined {
  try {
    return openIdentity(io, identity);
  } catch (thrown) {
    if (identity !== undefined || !isLoopbackHost(host)) throw asMeetError(thrown);
    return undefined;
  }
}

/** Certificates of a CA, and nothing else: without one, TLS would only say that none has signed. */
async function readCa(io: Io, path: string): Promise<string> {
  const name = `--ca ${path}`;
  const text = await readBoundedText(path, MOST_CA_BYTES, io.ending).catch((cause: unknown) => {
    const why = systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new MeetError('MEET_IDENTITY', `${name} cannot be read (${why})`, { cause });
  });
  certificatesOf({ name, text });
  return text;
}

/** For commands that look once: they don't wait to be let in. */
export async function onceSecurely(
  io: Io,
  options: Whereabouts,
  invite: Invite | undefined,
): Promise<{ readonly security: ClientSecurity; readonly admissionMs: number }> {
  const security = await clientSecurity(io, options, invite, (line) =>
    io.stderr.write(`${line}\n`),
  );
  return { security, admissionMs: 0 };
}

/** Within this machine, to a daemon of this very program: plain, or TLS where it takes nothing else. */
export function localSecurity(io: Io): ClientSecurity {
  return {
    tls: 'on',
    ca: undefined,
    trust: () => undefined,
    identity: identityFor(io, { host: 'localhost', identity: undefined }),
    invite: undefined,
  };
}
