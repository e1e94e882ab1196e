/**
 * What stands for a peer without a key where it is remembered. Owns these words; remembers nobody.
 */
import type { Applicant } from './waiting-room.js';

/** The session of all connections of older clients from there: no native one may have a colon. */
export function olderSession(address: string): string {
  return `older:${address}`;
}

/** What stands for one without a key. */
export function memoryOf({
  origin,
  address,
  session,
}: Pick<Applicant, 'origin' | 'address' | 'session'>): string {
  return origin === 'older' ? `older ${address}` : `native ${session}`;
}

/** The address of an older client in what stands for one; undefined: it stands for another. */
export function olderAddress(memory: string): string | undefined {
  const [origin, address] = memory.split(' ');
  return origin === 'older' ? address : undefined;
}
