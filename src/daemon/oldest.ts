/** What is remembered of many and bounded by number: whatever came first is forgotten first. */

/** `entries` as in order of coming; `most`: how many may stay. */
export function forgetOldest(
  entries: Pick<Map<string, unknown> | Set<string>, 'keys' | 'size' | 'delete'>,
  most: number,
): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(oldest);
  }
}
