/** What `--wait` means. Owns this reading of it. */

/**
 * Without it the daemon is tried once, but its host may take any time to let us in: a kiosk stands there
 * until somebody comes. With it both are bounded.
 */
export function waitingTimes(waitSeconds: number | undefined): {
  readonly waitMs: number;
  readonly admissionMs: number;
} {
  if (waitSeconds === undefined) return { waitMs: 0, admissionMs: Infinity };
  return { waitMs: waitSeconds * 1000, admissionMs: waitSeconds * 1000 };
}
