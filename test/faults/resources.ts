/** What this process holds open, to be compared before and after a test. Owns the count; closes nothing. */
import { readdirSync } from 'node:fs';

/** Descriptors and timers of this process, by kind. */
export function resources(): Record<string, number> {
  const counts: Record<string, number> = { descriptors: readdirSync('/proc/self/fd').length };
  for (const kind of process.getActiveResourcesInfo()) {
    if (/TCP|Timeout|Pipe|Worker|FS/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** What there is more of than before. */
export function leftOver(before: Readonly<Record<string, number>>): Record<string, number> {
  const more = Object.entries(resources()).map(
    ([kind, count]) => [kind, count - (before[kind] ?? 0)] as const,
  );
  return Object.fromEntries(more.filter(([, count]) => count > 0));
}
