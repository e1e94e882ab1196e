/** What a segment holds, for tests of disks that fail. Owns that one that is called closed must be whole. */
import { readFile, stat } from 'node:fs/promises';
import { expect } from 'vitest';
import { decodeAll } from './matroska-probe.js';
import { walkClusters } from './matroska-walk.js';

/** How many frames a file holds; one that is called closed must be whole. */
export async function countIfWhole(path: string): Promise<number> {
  const bytes = await readFile(path);
  if (!path.endsWith('.open.mkv')) {
    const claimed = Number(bytes.readBigUInt64BE(44) & 0x00ff_ffff_ffff_ffffn) + 52;
    expect(claimed).toBe((await stat(path)).size);
    await decodeAll(path);
  }
  const blocks = walkClusters(bytes).flatMap((cluster) => cluster.blocks);
  return blocks.filter(({ track }) => track !== 4).length;
}
