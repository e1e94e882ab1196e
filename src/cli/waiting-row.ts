/** One who waits, as the daemon's answers tell it. Owns how it is read and shown. */
import { z } from 'zod';

/** One who waits to be let in. */
export const waitingRow = z.object({
  number: z.int(),
  name: z.string(),
  room: z.string(),
  address: z.string(),
  origin: z.enum(['native', 'older']),
  plaintext: z.boolean(),
  since: z.string(),
  fingerprint: z.string().optional(),
  caution: z.string().optional(),
});

/** `7 kiosk 7 from 10.0.0.7 since 10:02:03, key SHA256:…, plaintext`. */
export function waitingLine(row: z.infer<typeof waitingRow>): string {
  const { number, name, address, since, plaintext, fingerprint, caution } = row;
  const key = fingerprint === undefined ? ', no key' : `, key ${fingerprint}`;
  const marks = `${plaintext ? ', plaintext' : ''}${caution === undefined ? '' : `, look twice: ${caution}`}`;
  return `waiting ${number}: ${name} from ${address} since ${new Date(since).toTimeString().slice(0, 8)}${key}${marks}`;
}
