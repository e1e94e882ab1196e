/** An answer to a request, as its data or as the error that it tells. Owns this reading; asks nothing. */
import type { Done } from '../transport/command-records.js';
import { MeetError, knownErrorCode } from '../transport/errors.js';

export type Data = Readonly<Record<string, unknown>>;

/** Throws what the other side says was wrong; MEET_USAGE where it gives no code that is known here. */
export function dataOf({ ok, code, message, data }: Done): Data {
  if (ok) return data ?? {};
  const words = message ?? code ?? 'the program could not do it';
  throw new MeetError(knownErrorCode(code, 'MEET_USAGE'), words);
}
