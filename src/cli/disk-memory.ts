/**
 * Remembers on which disks recordings were, over restarts: one JSON file of the user's state. Owns
 * where it lies and what is in it; looks at no disk.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

import { withOutput } from '../daemon/recording/export/output-file.js';
import type { DiskMemory } from '../daemon/recording/root-guard.js';
import { makePrivateFolder } from '../transport/private-folder.js';
import type { Io } from './io.js';
import { stateFolder } from './state-folder.js';

/** By root, the folder at which its disk was mounted, and the marker that was there. */
const contents = z.record(
  z.string(),
  z.object({ mountPoint: z.string(), markerId: z.string().optional() }),
);
/** Roots that are remembered; beyond that the oldest is forgotten. */
const MOST_ROOTS = 1000;

/** `recording-disks.json` in the folder of this user's state. A file that cannot be read or written is as none. */
export function diskMemory(io: Pick<Io, 'env'>): DiskMemory {
  const path = join(stateFolder(io), 'recording-disks.json');
  return {
    async recall(root) {
      return (await read(path))[root];
    },
    async remember(root, disk) {
      const known = await read(path);
      // Nobody unmounts the root of all file systems.
      if (known[root] === undefined && disk.mountPoint === '/') return;
      const entries = Object.entries({ ...known, [root]: disk }).slice(-MOST_ROOTS);
      try {
        makePrivateFolder(dirname(path));
        const text = `${JSON.stringify(Object.fromEntries(entries))}\n`;
        await withOutput(path, true, async (part) => {
          await writeFile(part, text);
        });
      } catch {
        // A service without a home records all the same.
      }
    },
  };
}

async function read(path: string): Promise<z.infer<typeof contents>> {
  try {
    return contents.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return {};
  }
}
