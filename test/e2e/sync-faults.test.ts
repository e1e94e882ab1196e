import { describe, it } from 'vitest';
import { needs } from '../setup/programs.js';
import type { DiskFault } from './disk-fault.js';
import { recordThrough } from './disk-fault.js';

const TIMEOUT_MS = 120_000;

const FAULTS: readonly DiskFault[] = [
  {
    // strace counts for each thread: so it is not one alone.
    what: 'a sync that fails',
    inject: 'fdatasync:error=EIO:when=5+3',
    told: ['suspect', 'segment'],
    code: 'MEET_DISK_WRITE',
  },
  {
    what: 'syncs of files and folders that all fail',
    inject: 'fdatasync,fsync:error=EIO',
    told: ['suspect', 'segment'],
    code: 'MEET_DISK_WRITE',
  },
  {
    what: 'syncs of folders that all fail',
    inject: 'fsync:error=EIO',
    told: ['suspect', 'segment'],
    code: 'MEET_DISK_WRITE',
  },
];

describe.skipIf(needs('strace', 'ffmpeg'))('A daemon that records', { timeout: TIMEOUT_MS }, () => {
  it.each(FAULTS)('goes on relaying and recording after $what', recordThrough);
});
