import { describe, it } from 'vitest';
import { needs } from '../setup/programs.js';
import type { DiskFault } from './disk-fault.js';
import { recordThrough } from './disk-fault.js';

const TIMEOUT_MS = 120_000;

const FAULTS: readonly DiskFault[] = [
  {
    what: 'no room for a write',
    inject: 'pwritev,pwrite64:error=ENOSPC:when=5..6',
    told: ['stopped', 'resumed'],
    code: 'MEET_DISK_FULL',
  },
  {
    what: 'a write that fails',
    inject: 'pwritev,pwrite64:error=EIO:when=5..6',
    told: ['stopped', 'resumed'],
    code: 'MEET_DISK_WRITE',
  },
  {
    what: 'no room for a folder',
    inject: 'mkdir,mkdirat:error=ENOSPC:when=1..2',
    told: ['stopped', 'resumed'],
    code: 'MEET_DISK_FULL',
  },
  {
    what: 'too many open files',
    inject: 'openat,open:error=EMFILE:when=1..2',
    onRoot: true,
    told: ['stopped', 'resumed'],
    code: 'MEET_DISK_WRITE',
  },
  {
    what: 'a name that cannot be changed',
    inject: 'rename,renameat,renameat2:error=EIO:when=1',
    told: ['segment'],
    code: '',
  },
];

describe.skipIf(needs('strace', 'ffmpeg'))('A daemon that records', { timeout: TIMEOUT_MS }, () => {
  it.each(FAULTS)('goes on relaying and recording after $what', recordThrough);
});
