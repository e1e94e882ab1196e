import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHECKOUT } from './checkout.js';

const RUN_TIMEOUT_MS = 60_000;
const STUCK_MS = 1500;
const HANGS =
  /^hangs: .*hangs\.test\.mjs is not done after 1\.5 s; [01] of 2 tests told of their end/m;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meet-stuck-file-'));
  symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  const setup = (name: string): string => join(CHECKOUT, 'test/setup', name);
  const test = {
    setupFiles: [setup('name-worker.ts')],
    reporters: [
      'default',
      setup('closing-line-reporter.ts'),
      [setup('stuck-file-reporter.ts'), { stuckMs: STUCK_MS }],
    ],
  };
  writeFileSync(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify({ test })};\n`);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a test file that hangs', { timeout: RUN_TIMEOUT_MS }, () => {
  it.each([
    ['in a loop', 'for (;;);'],
    ['in a loop of promises', 'for (;;) await Promise.resolve();'],
    ['in a program that does not end', `spawnSync('sleep', ['3600']);`],
  ])('%s is named, ended and counted, and the others run', async (_, body) => {
    const head = `import { spawnSync } from 'node:child_process';\nimport { expect, it } from 'vitest';\n`;
    const hangs = `it('ends', () => {});\nit('does not end', async () => { ${body} });\n`;
    writeFileSync(join(folder, 'hangs.test.mjs'), head + hangs);
    writeFileSync(join(folder, 'adds.test.mjs'), `${head}it('adds', () => {});\n`);
    const vitest = join(CHECKOUT, 'node_modules/vitest/vitest.mjs');
    const { stdout, status } = spawnSync(process.execPath, [vitest, 'run'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder, NO_COLOR: '1' },
      timeout: RUN_TIMEOUT_MS,
    });
    expect(stdout).toMatch(HANGS);
    expect(stdout).toMatch(/^hangs: \d+ \([RS]\) vitest: .*hangs\.test\.mjs/m);
    expect(stdout).toMatch(/^\d+ passed, [12] failed, \d+ skipped$/m);
    expect(status).toBe(1);
    const pids = [...stdout.matchAll(/^hangs: (\d+) /gm)].map(([, pid]) => Number(pid));
    const left = (): number[] => pids.filter((pid) => existsSync(`/proc/${pid}`));
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });
});
