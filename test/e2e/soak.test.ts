import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';

const SOAK = fileURLToPath(new URL('../../bench/soak.mjs', import.meta.url));
const RESULT = z.object({
  rows: z.array(z.object({ what: z.string(), holds: z.boolean(), figure: z.number() })),
});

/** Long enough that viewers that take nothing are cut; memory shows its slope only in the long run. */
it('a meeting of 20 sharers and 50 viewers, 5 of them stopped, loses no frame from its counters', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    SOAK,
    '--seconds',
    '20',
    '--json',
  ]).catch((thrown: unknown) => z.object({ stdout: z.string() }).parse(thrown));
  const { rows } = RESULT.parse(JSON.parse(stdout));
  const counters = rows.filter(({ what }) => !what.startsWith('growth'));
  expect(counters).toHaveLength(3);
  expect(counters.filter(({ holds }) => !holds)).toEqual([]);
}, 120_000);
