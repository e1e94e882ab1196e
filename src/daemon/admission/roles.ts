/**
 * What each role may do. Owns the table; who has which role is the admission's affair.
 */
import type { Role } from '../../transport/admission-records.js';
import { ROLES } from '../../transport/admission-records.js';
import type { ControlRecord } from '../../transport/control.js';

/** publish: send a stream. watch: get streams. speak: chat, hand. manage: what a host does. */
export type Act = 'publish' | 'watch' | 'speak' | 'manage';

const MAY: Readonly<Record<Role, readonly Act[]>> = {
  host: ['publish', 'watch', 'speak', 'manage'],
  present: ['publish', 'watch', 'speak'],
  watch: ['watch', 'speak'],
};

export function mayDo(role: Role, act: Act): boolean {
  return MAY[role].includes(act);
}

/** The role that may do it and the least else. */
export function leastRole(act: Act): Role {
  return ROLES.findLast((role) => mayDo(role, act)) ?? 'host';
}

const ACT_OF: Partial<Record<ControlRecord['type'], Act>> = {
  format: 'publish',
  stream: 'publish',
  select: 'watch',
  chat: 'speak',
  hand: 'speak',
  toggle: 'manage',
  admission: 'manage',
  invite: 'manage',
  query: 'manage',
};

/** What a record of a greeted peer is; undefined: anybody may send it. */
export function actOf(record: ControlRecord): Act | undefined {
  // What one's own room shows one is no secret.
  if (record.type === 'query' && record.what === 'events') return 'watch';
  return ACT_OF[record.type];
}
