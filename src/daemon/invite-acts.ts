/**
 * What a host does with invites and keys that were let in: makes, lists, revokes. Owns the answers; no
 * secret is told but once, to whoever made the invite.
 */
import type { InviteRecord } from '../transport/admission-records.js';
import { MeetError } from '../transport/errors.js';
import { keyFingerprint } from '../transport/identity.js';
import type { InviteRow } from './admission/invites.js';
import type { StatusDomain } from './status.js';

type Data = Record<string, unknown>;

const DAY_MS = 86_400_000;
/** Where it is not said. */
const EXPIRES_MS = 7 * DAY_MS;

/** Throws MEET_USAGE, MEET_TLS_UNAVAILABLE where nobody could be sure of the daemon. */
export function inviteAct(daemon: StatusDomain, record: InviteRecord): Data {
  if (record.action === 'revoke') {
    return shown(daemon, daemon.admission.revokeInvite(record.target ?? ''));
  }
  const { fingerprint } = daemon;
  if (fingerprint === undefined) {
    throw new MeetError(
      'MEET_TLS_UNAVAILABLE',
      'an invite needs TLS, which is turned off here; leave out --tls off',
    );
  }
  const { token, row } = daemon.admission.invites.create({
    role: record.role ?? 'present',
    room: record.room,
    once: record.once === true,
    expiresMs: record.expiresMs ?? EXPIRES_MS,
  });
  return {
    ...shown(daemon, row),
    token,
    pin: fingerprint,
    host: daemon.host,
    ports: daemon.ports,
  };
}

export function inviteRows(daemon: StatusDomain): Data[] {
  return daemon.admission.invites.rows.map((row) => shown(daemon, row));
}

/** Keys, and addresses of older clients: these for the daemon's life. */
export function admittedData({ admission }: Pick<StatusDomain, 'admission'>): Data {
  const admitted = admission.keys.rows.map((row) => ({
    ...row,
    fingerprint: keyFingerprint(row.key),
  }));
  return { admitted, addresses: admission.remembered.addresses };
}

/** Everything but the hash of the secret. */
function shown(daemon: StatusDomain, row: InviteRow): Data {
  const { id, role, room, once, madeAt, expiresAt, revokedAt, usedBy } = row;
  return {
    id,
    role,
    once,
    madeAt,
    expiresAt,
    used: usedBy !== undefined,
    state: daemon.admission.invites.stateOf(row) ?? 'good',
    ...(room === undefined ? {} : { room }),
    ...(revokedAt === undefined ? {} : { revokedAt }),
  };
}
