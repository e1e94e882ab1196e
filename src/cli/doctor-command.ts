/**
 * `meet doctor`: what is missing here, and the command that mends it. Owns the form of the report.
 */
import { captureContext } from './capture-context.js';
import { runChecks } from './doctor-checks.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import type { Io } from './io.js';
import { resolveOptions } from './option-table.js';
import { DEVICES_OPTIONS } from './small-options.js';

/** Exit code 1 only when something keeps `meet` itself from working. */
export async function doctorCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  const { json } = resolveOptions(DEVICES_OPTIONS, { flags, env: {} });
  const checks = await runChecks(captureContext(io));
  if (json) io.stdout.write(`${JSON.stringify({ checks }, undefined, 2)}\n`);
  else {
    for (const { check, state, message, mend } of checks) {
      io.stdout.write(`${state.padEnd(7)} ${check}: ${message}\n`);
      if (mend !== undefined) io.stdout.write(`        mend it: ${mend}\n`);
    }
  }
  return checks.some(({ state }) => state === 'broken') ? EXIT.failed : EXIT.ok;
}
