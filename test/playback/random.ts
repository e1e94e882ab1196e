/** Numbers that look random and are the same each time. Owns the generator (Marsaglia 2003). */

/** [0, 1). `seed` is not 0. */
export function xorshift(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
