/**
 * `meet devices`: what can be captured here, and with which backend. Owns the listing's form.
 */
import { captureContext } from './capture-context.js';
import type { SurveyedBackend } from './device-survey.js';
import { surveyDevices } from './device-survey.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import type { Io } from './io.js';
import { resolveOptions } from './option-table.js';
import { DEVICES_OPTIONS } from './small-options.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';

export async function devicesCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  const { json } = resolveOptions(DEVICES_OPTIONS, { flags, env: {} });
  const backends = await surveyDevices(captureContext(io));
  if (json) {
    io.stdout.write(`${JSON.stringify({ backends }, undefined, 2)}\n`);
    return EXIT.ok;
  }
  for (const kind of STREAM_KINDS) {
    const own = backends.filter((backend) => backend.kind === kind);
    io.stdout.write(`${kind}  (share it: meet share --${kind} [SOURCE])\n`);
    for (const backend of own) writeBackend(io, backend);
  }
  return EXIT.ok;
}

function writeBackend(io: Io, { backend, usable, devices, message }: SurveyedBackend): void {
  if (!usable) {
    io.stdout.write(`  ${backend}: not here. ${message ?? ''}\n`);
    return;
  }
  if (devices.length === 0) io.stdout.write(`  ${backend}: ${noDevices(backend)}\n`);
  for (const { name, label } of devices) {
    io.stdout.write(`  ${backend}: ${name}${label === '' || label === name ? '' : `  ${label}`}\n`);
  }
}

function noDevices(backend: string): string {
  return backend === 'file' ? 'file:PATH' : 'no device found';
}
