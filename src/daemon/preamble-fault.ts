/**
 * What is wrong with a native connection's preamble, in words for the other side. Owns these two checks;
 * refuses nothing itself.
 */
import type { ErrorCode } from '../transport/errors.js';
import type { Preamble } from '../transport/record-header.js';
import { PROTOCOL_VERSION, PROTOCOL_VERSIONS } from '../transport/record-header.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { KIND_NUMBER, kindFromNumber } from '../transport/stream-kind.js';

export interface PreambleFault {
  readonly code: ErrorCode;
  readonly message: string;
  /** The versions that are spoken here, where that is the fault. */
  readonly versions?: number[];
}

/** MEET_VERSION or MEET_WRONG_PORT; undefined: it is right for the port of this kind. */
export function preambleFault(
  { version, kindNumber }: Preamble,
  kind: StreamKind,
  ports: () => Readonly<Record<StreamKind, number>>,
): PreambleFault | undefined {
  if (version !== PROTOCOL_VERSION) {
    const spoken = `this daemon speaks version ${PROTOCOL_VERSIONS.join(', ')}`;
    const message = `version ${version} is not spoken here, ${spoken}`;
    return { code: 'MEET_VERSION', message, versions: [...PROTOCOL_VERSIONS] };
  }
  if (kindNumber === KIND_NUMBER[kind]) return undefined;
  return { code: 'MEET_WRONG_PORT', message: wrongPort(kindNumber, kind, ports) };
}

function wrongPort(
  kindNumber: number,
  portsKind: StreamKind,
  ports: () => Readonly<Record<StreamKind, number>>,
): string {
  const kind = kindFromNumber(kindNumber);
  if (kind === undefined) return `kind ${kindNumber} is not known: 1 screen, 2 video, 3 audio`;
  return `this is the ${portsKind} port; ${kind} goes to port ${ports()[kind]}`;
}
