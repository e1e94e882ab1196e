/**
 * Random early drop: of the peers that are not let in yet some are turned away before there are too
 * many, so that a flood can't keep everybody else out. Owns the rule; counts and closes nothing.
 *
 *   share turned away
 *    100 % ┤               ┌────
 *          │            ／
 *     30 % ┤      ┌／
 *      0 % └──────┴────────┴────  peers not let in
 *               begin     full
 *
 * As MaxStartups start:rate:full of sshd_config(5).
 */
import type { Limits } from '../../transport/limits.js';

/** Whether one more is to be turned away when there are `count` already. `random` gives [0, 1). */
export function isDropped(count: number, limits: Limits, random: () => number): boolean {
  const begin = limits['early-drop-begin'];
  const full = limits['early-drop-full'];
  if (count >= full) return true;
  if (count < begin) return false;
  const least = limits['early-drop-percent'] / 100;
  const share = least + ((1 - least) * (count - begin)) / (full - begin);
  return random() < share;
}
