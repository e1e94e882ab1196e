/**
 * How long to wait before the next attempt to reach a daemon. Owns the rule, not the waiting.
 *
 * Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/) below a
 * bound that grows with the outage: a quarter of its length so far, from 0.5 s to 30 s. So a daemon
 * that was away for up to 20 s has its sharers back within 5 s, and one that was away for two
 * minutes or more isn't met by all of them at once.
 */

export const LEAST_BOUND_MS = 500;
export const MOST_BOUND_MS = 30_000;
const OUTAGE_SHARE = 0.25;

/**
 * Milliseconds to wait. `outageMs`: since the connection was lost; `random` gives [0, 1).
 * `retryAfterMs`: what the daemon asked for, which is waited at least.
 */
export function backoffMs(outageMs: number, random: () => number, retryAfterMs = 0): number {
  const boundMs = Math.min(MOST_BOUND_MS, Math.max(LEAST_BOUND_MS, outageMs * OUTAGE_SHARE));
  return Math.min(retryAfterMs, MOST_BOUND_MS) + random() * boundMs;
}
