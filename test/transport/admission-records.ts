/**
 * As control-records.ts, of the records of who one is and of being let in. Owns the table; tests read it.
 */
import type { ControlRecord } from '../../src/transport/control.js';

type AdmissionType = 'challenge' | 'proof' | 'waiting' | 'admission' | 'invite';

export const ADMISSION_RECORDS: Readonly<
  Record<AdmissionType, { valid: readonly ControlRecord[]; invalid: readonly object[] }>
> = {
  challenge: {
    valid: [{ type: 'challenge', nonce: 'n'.repeat(43) }],
    invalid: [{ nonce: undefined }, { nonce: 7 }, { nonce: 'n'.repeat(65) }],
  },
  proof: {
    valid: [{ type: 'proof', signature: 's'.repeat(86) }],
    invalid: [{ signature: undefined }, { signature: 's'.repeat(129) }],
  },
  waiting: {
    valid: [
      { type: 'waiting', message: 'wait until the host lets you in' },
      { type: 'waiting', message: '', fingerprint: 'SHA256:abc' },
    ],
    invalid: [{ message: undefined }, { fingerprint: 7 }],
  },
  admission: {
    valid: [
      { type: 'admission', id: 1, action: 'admit', target: 'kiosk 7', role: 'watch' },
      { type: 'admission', id: 0, action: 'refuse', target: '10.0.0.7' },
      { type: 'admission', id: 2, action: 'forget', target: 'SHA256:abc' },
    ],
    invalid: [{ id: -1 }, { action: 'invite' }, { target: undefined }, { role: 'king' }],
  },
  invite: {
    valid: [
      { type: 'invite', id: 1, action: 'create' },
      {
        type: 'invite',
        id: 2,
        action: 'create',
        role: 'watch',
        room: 'lab',
        expiresMs: 1,
        once: true,
      },
      { type: 'invite', id: 3, action: 'revoke', target: 'abcd' },
    ],
    invalid: [
      { action: 'ls' },
      { role: 'king' },
      { expiresMs: 0 },
      { expiresMs: 1.5 },
      { expiresMs: 315_360_000_001 },
      { once: 'yes' },
    ],
  },
};
