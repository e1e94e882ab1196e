/**
 * The last line of a test run: `N passed, N failed, N skipped`, alone, for scripts to read; before
 * it the names of what was skipped. Owns these lines and nothing else of the output. With CI=true a
 * skipped test fails the run.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly TestCase[];
}

export default class ClosingLineReporter implements Reporter {
  /** A file that does not load and an error outside of every test each count as one failure. */
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const { passed, failed, skipped } = count(tests);
    const broken = modules.filter(
      (module) =>
        module.state() === 'failed' && count([...module.children.allTests()]).failed === 0,
    );
    if (skipped.length > 0) this.#nameSkipped(skipped);
    const failures = failed + broken.length + unhandledErrors.length;
    process.stdout.write(`${passed} passed, ${failures} failed, ${skipped.length} skipped\n`);
  }

  #nameSkipped(skipped: readonly TestCase[]): void {
    const names = skipped.map(
      (test) => `skipped: ${test.module.relativeModuleId}: ${test.fullName}`,
    );
    process.stdout.write(`${names.join('\n')}\n`);
    if (process.env.CI !== 'true') return;
    process.stdout.write('With CI=true no test may be skipped: install what these need.\n');
    process.exitCode = 1;
  }
}

function count(tests: readonly TestCase[]): Counts {
  const states = tests.map((test) => ({ test, state: test.result().state }));
  return {
    passed: states.filter(({ state }) => state === 'passed').length,
    failed: states.filter(({ state }) => state === 'failed').length,
    // A test that never came to run (`pending`: the run was cut short) was not tested either.
    skipped: states
      .filter(({ state }) => state === 'skipped' || state === 'pending')
      .map(({ test }) => test),
  };
}
