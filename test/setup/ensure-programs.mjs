// @ts-check
/**
 * Runs before `npm test`: makes sure of the programs that the real-device tests need. As root where
 * there is apt-get it installs what is missing; elsewhere it names what is missing, and the tests
 * that need it are skipped by name. With CI=true nothing may be skipped, so it ends with 1 instead.
 * Writes nothing into the work tree. MEET_TEST_INSTALL=no keeps it from installing.
 */
import { spawnSync } from 'node:child_process';
import { PROGRAM_TABLE, mendingWords, missingPrograms, packageManager } from './program-table.mjs';

/** @typedef {import('./program-table.mjs').ProgramName} ProgramName */

/** Seconds to wait for another apt-get to finish. */
const LOCK_WAIT_SECONDS = 300;
/** Lines of apt-get's output that are worth seeing when it failed. */
const TAIL_LINES = 15;

process.exitCode = main();

function main() {
  let missing = missingPrograms();
  if (missing.length > 0 && mayInstall()) {
    install(missing.flatMap((name) => PROGRAM_TABLE[name].apt));
    missing = missingPrograms();
  }
  if (missing.length === 0) return 0;
  return report(missing);
}

function mayInstall() {
  return (
    packageManager() === 'apt' && process.getuid?.() === 0 && process.env.MEET_TEST_INSTALL !== 'no'
  );
}

/** @param {readonly string[]} packages */
function install(packages) {
  process.stdout.write(`tests: installing with apt-get: ${packages.join(' ')}\n`);
  const options = ['-qq', '-o', `DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`];
  // Old lists may still do when an update cannot be had, so its failure is only told.
  aptGet(['update', ...options]);
  aptGet(['install', '--yes', '--no-install-recommends', ...options, ...packages]);
}

/** @param {readonly string[]} args */
function aptGet(args) {
  const { status, error, stdout, stderr } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return;
  const lines = `${stdout ?? ''}${stderr ?? ''}`.trimEnd().split('\n').slice(-TAIL_LINES);
  const why = error?.message ?? `exit code ${status}`;
  process.stderr.write(`tests: apt-get ${args[0]} failed (${why}):\n${lines.join('\n')}\n`);
}

/** @param {readonly ProgramName[]} missing */
function report(missing) {
  const ci = process.env.CI === 'true';
  const names = missing.map((name) => `${name} (${PROGRAM_TABLE[name].programs.join(', ')})`);
  process.stderr.write(
    `tests: missing here: ${names.join('; ')}\n` +
      `tests: to mend it: ${mendingWords(missing)}\n` +
      (ci
        ? 'tests: with CI=true no test may be skipped, so nothing is run\n'
        : 'tests: the tests that need them are skipped by name\n'),
  );
  return ci ? 1 : 0;
}
