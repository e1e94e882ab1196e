/**
 * How long a header or a body may take to arrive. Owns the rule and its words; looks at no clock.
 */
import { MeetError } from './errors.js';
import type { FrameReader } from './frame-reader.js';
import type { Limits } from './limits.js';

/** The fault of a reader that has been in its state, which is not idle, for so long; or none. */
export function deadlineFault(
  reader: FrameReader,
  limits: Limits,
  elapsedMs: number,
): MeetError | undefined {
  const { expectedBytes, receivedBytes } = reader;
  const body = reader.state === 'body';
  const limitMs = body
    ? Math.max(limits['body-ms'], (expectedBytes / limits['body-bytes-per-second']) * 1000)
    : limits['header-ms'];
  if (elapsedMs <= limitMs) return undefined;
  const seconds = (limitMs / 1000).toFixed(1);
  return body
    ? new MeetError(
        'MEET_BODY_TIMEOUT',
        `only ${receivedBytes} of ${expectedBytes} bytes of a frame came in ${seconds} s (--limit body-ms=MS)`,
      )
    : new MeetError(
        'MEET_HEADER_TIMEOUT',
        `a header that had begun was not whole after ${seconds} s (--limit header-ms=MS)`,
      );
}
