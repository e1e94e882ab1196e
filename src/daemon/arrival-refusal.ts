/**
 * Why one who has just come is not heard at all: too many bad credentials of its address, or, of those
 * from elsewhere whom nobody knows yet, too many here already. Owns the decision; closes only whoever
 * makes room.
 */
import type { Limits } from '../transport/limits.js';
import { isLoopback } from '../transport/network-address.js';
import type { Admission } from './admission/admission.js';
import type { Refusal } from './farewells.js';
import type { EndableConnection } from './unsettled.js';
import { strangerFault } from './unsettled.js';

/** How long a stranger is asked to stay away where there are too many. */
const RETRY_AFTER_MS = 500;

export interface ArrivalRules {
  readonly admission: Admission;
  readonly limits: Limits;
  /** [0, 1), as Math.random. */
  readonly random: () => number;
}

/** A connection that is here. */
export interface PresentConnection extends EndableConnection {
  /** From another machine, and nobody knows yet who it is. */
  readonly unsettled: boolean;
}

/** Undefined: it may come as far as its listener lets it. `isExpected`: its address goes before strangers. */
export function arrivalRefusal(
  { admission, limits, random }: ArrivalRules,
  present: Iterable<PresentConnection>,
  address: string,
  isExpected: boolean,
): Refusal | undefined {
  const { bad, known } = admission;
  const refusal = bad.refusal(address);
  if (refusal !== undefined || isExpected || isLoopback(address)) return refusal;
  const strangers = [...present].filter((each) => each.unsettled && !known.has(each.address));
  const fault = strangerFault(strangers, address, limits, random);
  return fault === undefined ? undefined : { fault, retryAfterMs: RETRY_AFTER_MS };
}
