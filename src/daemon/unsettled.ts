/**
 * Who makes room when too many connections have not said yet who they are, or too many wait: one of
 * the address that holds the most of them, so that nobody keeps the others out by holding places. Owns
 * the choice.
 */
import { MeetError } from '../transport/errors.js';
import type { Limits } from '../transport/limits.js';
import { addressGroup } from '../transport/network-address.js';
import { isDropped } from './admission/early-drop.js';

export interface Unsettled {
  readonly address: string;
}

/**
 * The first of the address that has the most. Undefined where the newcomer's own address, or IPv6
 * /64, would then hold as many as any other.
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

/** One that can be ended. */
export interface EndableConnection extends Unsettled {
  fail(fault: MeetError): void;
}

/**
 * Why one more that has not said yet who it is may not come in; undefined: it may, and another has made
 * room for it where one had to. `connections`: the oldest first. `random` gives [0, 1).
 */
export function strangerFault(
  connections: readonly EndableConnection[],
  newcomer: string,
  limits: Limits,
  random: () => number,
): MeetError | undefined {
  if (!isDropped(connections.length, limits, random)) return undefined;
  const words = `${connections.length} connections have not said yet who they are (--limit early-drop-full=N)`;
  const fault = new MeetError('MEET_WAITING_FULL', words);
  const other = whoMakesRoom(connections, newcomer);
  if (other === undefined) return fault;
  other.fail(fault);
  return undefined;
}
