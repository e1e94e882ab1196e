/**
 * Looks at every backend of every kind: can it be used here, and which devices does it see. Owns the
 * survey that `meet devices` and `meet doctor` show; opens no device.
 */
import type { CaptureContext } from '../capture/source.js';
import { asMeetError } from '../transport/errors.js';
import type { ErrorCode, MeetError } from '../transport/errors.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';
import { backendsOf } from './devices.js';

export interface SurveyedBackend {
  readonly kind: StreamKind;
  readonly backend: string;
  readonly usable: boolean;
  readonly devices: readonly { readonly name: string; readonly label: string }[];
  /** Why it can't be used, and what mends it. */
  readonly code?: ErrorCode;
  readonly message?: string;
}

/** All backends in the order in which `auto` tries them. Never rejects for a device's fault. */
export async function surveyDevices(context: CaptureContext): Promise<SurveyedBackend[]> {
  const kinds = await Promise.all(
    STREAM_KINDS.map(async (kind) => {
      const backends = await backendsOf(kind);
      return Promise.all(backends.map((backend) => survey(kind, backend, context)));
    }),
  );
  return kinds.flat();
}

async function survey(
  kind: StreamKind,
  backend: Awaited<ReturnType<typeof backendsOf>>[number],
  context: CaptureContext,
): Promise<SurveyedBackend> {
  const { name } = backend;
  try {
    const fault = await backend.unavailable(context);
    if (fault !== undefined) return unusable(kind, name, fault);
    const devices = await backend.devices(context);
    return { kind, backend: name, usable: true, devices };
  } catch (thrown) {
    return unusable(kind, name, asMeetError(thrown));
  }
}

function unusable(kind: StreamKind, backend: string, fault: MeetError): SurveyedBackend {
  const { code, message } = fault;
  return { kind, backend, usable: false, devices: [], code, message };
}
