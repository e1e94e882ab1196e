/**
 * Who makes room when too many connections have not said yet who they are, or too many wait: one of
 * the address that holds the most of them, so that nobody keeps the others out by holding places. Owns
 * the choice; closes nothing.
 */
import { addressGroup } from '../transport/network-address.js';

export interface Unsettled {
  readonly address: string;
}

/**
 * The first of the address that has the most. Undefined where the newcomer's own address, or IPv6 /64, would then
 * hold as many as any other.
 */
export function whoMakesRoom<Connection extends Unsettled>(
  connections: readonly Connection[],
  newcomer: string,
): Connection | undefined {
  const groups = new Map<string, Connection[]>();
  for (const connection of connections) {
    const group = addressGroup(connection.address);
    const known = groups.get(group);
    if (known === undefined) groups.set(group, [connection]);
    else known.push(connection);
  }
  const own = groups.get(addressGroup(newcomer))?.length ?? 0;
  let most: readonly Connection[] = [];
  for (const group of groups.values()) if (group.length > most.length) most = group;
  return most.length > own + 1 ? most[0] : undefined;
}
