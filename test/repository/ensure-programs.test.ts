import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROGRAM_NAMES, PROGRAM_TABLE, pathsOf } from '../setup/program-table.mjs';
import { needs, programPath, python3Path } from '../setup/programs.js';
import { CHECKOUT } from './checkout.js';

const RUN_TIMEOUT_MS = 60_000;
const isRootOnLinux = process.platform === 'linux' && process.getuid?.() === 0;

/** Stands where apt-get would: says what it was asked, and gives the one program. */
const APT_GET = `#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >> "$0.log"
case "$1" in install) ln -s "$XTERM" "\${0%/*}/xterm" ;; esac
`;
const APT_GET_OFFLINE = `#!/bin/sh
echo "Could not resolve the mirror" >&2
exit 100
`;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meet-programs-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** All programs of the table but those left out, as links in a folder that is the whole PATH. */
function linkPrograms(...leftOut: readonly string[]): void {
  const programs = PROGRAM_NAMES.flatMap((name) => PROGRAM_TABLE[name].programs);
  for (const program of programs.filter((name) => !leftOut.includes(name))) {
    const target = program === 'python3' ? python3Path() : programPath(program);
    symlinkSync(target, join(folder, program));
  }
  for (const tool of ['sh', 'env', 'ln']) symlinkSync(programPath(tool), join(folder, tool));
}

function aptGet(text: string): void {
  writeFileSync(join(folder, 'apt-get'), text, { mode: 0o755 });
}

function ensurePrograms(env: NodeJS.ProcessEnv = {}) {
  const script = join(CHECKOUT, 'test/setup/ensure-programs.mjs');
  return spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { PATH: folder, HOME: folder, XTERM: pathsOf('xterm')[0], ...env },
    timeout: RUN_TIMEOUT_MS,
  });
}

describe.skipIf(needs(...PROGRAM_NAMES))('what runs before the tests', () => {
  it('is silent when every program is here', () => {
    linkPrograms();
    const { status, stdout, stderr } = ensurePrograms({ CI: 'true' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('names what is missing and goes on where it may not install', () => {
    linkPrograms('xterm', 'ffprobe');
    const { status, stderr } = ensurePrograms({ MEET_TEST_INSTALL: 'no' });
    expect(stderr).toContain('missing here: xterm (xterm); ffmpeg (ffmpeg, ffprobe)\n');
    expect(stderr).toContain('skipped by name');
    expect(status).toBe(0);
  });

  it('fails with CI=true when something is missing', () => {
    linkPrograms('xterm');
    const { status, stderr } = ensurePrograms({ CI: 'true', MEET_TEST_INSTALL: 'no' });
    expect(stderr).toContain('with CI=true no test may be skipped');
    expect(status).toBe(1);
  });

  it('takes another convert for no ImageMagick', () => {
    linkPrograms('convert');
    writeFileSync(join(folder, 'convert'), '#!/bin/sh\necho "converts measures"\n', {
      mode: 0o755,
    });
    const { stderr } = ensurePrograms({ MEET_TEST_INSTALL: 'no' });
    expect(stderr).toContain('missing here: imagemagick');
  });
});

// Nothing to skip elsewhere: only root on Linux is ever to install.
const describeForRoot = isRootOnLinux ? describe.skipIf(needs(...PROGRAM_NAMES)) : undefined;

describeForRoot?.('root with apt-get', () => {
  it('installs what is missing, and only that, after an update', () => {
    linkPrograms('xterm');
    aptGet(APT_GET);
    const { status, stdout, stderr } = ensurePrograms({ CI: 'true' });
    expect({ stderr, stdout, status }).toEqual({
      stderr: '',
      stdout: 'tests: installing with apt-get: xterm\n',
      status: 0,
    });
    const [update, install, ...more] = readFileSync(join(folder, 'apt-get.log'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(update).toMatch(/^noninteractive update /);
    expect(install).toMatch(/^noninteractive install --yes --no-install-recommends .* xterm$/);
    expect(more).toEqual([]);
  });

  it('shows why an installation failed', () => {
    linkPrograms('xterm');
    aptGet(APT_GET_OFFLINE);
    const { status, stderr } = ensurePrograms({ CI: 'true' });
    expect(stderr).toContain('apt-get install failed (exit code 100):\nCould not resolve');
    expect(stderr).toContain('to mend it: apt-get install xterm\n');
    expect(status).toBe(1);
  });

  it('asks nothing of apt-get when all is here', () => {
    linkPrograms();
    aptGet(APT_GET);
    expect(ensurePrograms().status).toBe(0);
    expect(existsSync(join(folder, 'apt-get.log'))).toBe(false);
  });
});

describe.skipIf(needs('python3'))('python3Path', () => {
  it('finds a python that imports numpy and says itself where it is', () => {
    const { stdout } = spawnSync(
      python3Path(),
      ['-c', 'import numpy, sys; print(sys.executable)'],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout.trim()).toBe(python3Path());
  });
});
