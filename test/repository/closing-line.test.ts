import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHECKOUT } from './checkout.js';

const RUN_TIMEOUT_MS = 60_000;

const PASSING = `it('adds', () => { expect(1 + 1).toBe(2); });\n`;
const FAILING = `it('subtracts', () => { expect(2 - 1).toBe(2); });\n`;
const SKIPPED = `describe.skip('a camera', () => { it('is seen', () => {}); });\n`;
const STRAY = `it('strays', () => { void Promise.reject(new Error('nobody owns this')); });\n`;
const HEAD = `import { describe, expect, it } from 'vitest';\n`;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meet-closing-line-'));
  symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  const reporter = join(CHECKOUT, 'test/setup/closing-line-reporter.ts');
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    `export default { test: { reporters: ['default', ${JSON.stringify(reporter)}] } };\n`,
  );
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function runTests(files: Readonly<Record<string, string>>, ci: 'true' | 'false' = 'false') {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.test.mjs`), HEAD + text);
  }
  const vitest = join(CHECKOUT, 'node_modules/vitest/vitest.mjs');
  const { stdout, status } = spawnSync(process.execPath, [vitest, 'run'], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, CI: ci, NO_COLOR: '1' },
    timeout: RUN_TIMEOUT_MS,
  });
  const lines = stdout.trimEnd().split('\n');
  return { closingLine: lines.at(-1), lines, status };
}

describe('the closing line', { timeout: RUN_TIMEOUT_MS }, () => {
  it('counts what passed, failed and was skipped, alone on the last line', () => {
    const run = runTests({ sums: PASSING + FAILING, devices: SKIPPED + PASSING });
    expect(run.closingLine).toBe('2 passed, 1 failed, 1 skipped');
    expect(run.status).toBe(1);
  });

  it('names what was skipped, and lets it pass', () => {
    const run = runTests({ devices: SKIPPED + PASSING });
    expect(run.lines).toContain('skipped: devices.test.mjs: a camera > is seen');
    expect(run.closingLine).toBe('1 passed, 0 failed, 1 skipped');
    expect(run.status).toBe(0);
  });

  it('follows a failing exit code when something is skipped with CI=true', () => {
    const run = runTests({ devices: SKIPPED + PASSING }, 'true');
    expect(run.closingLine).toBe('1 passed, 0 failed, 1 skipped');
    expect(run.status).toBe(1);
  });

  it('counts a file that does not load and an error that nobody caught as failures', () => {
    const run = runTests({ broken: `import './nowhere.mjs';\n`, sums: PASSING, stray: STRAY });
    expect(run.closingLine).toBe('2 passed, 2 failed, 0 skipped');
    expect(run.status).toBe(1);
  });
});
