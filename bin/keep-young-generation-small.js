// Keeps V8's young generation at the 1 MiB it begins with, for a process that runs the daemon. Grown
// to its 16 MiB it costs 20 MB of memory that the first hundred participants fill with what is
// garbage a moment later. Measured at 205 MB/s from 50 sharers: 81 MB instead of 95, and no more delay
// of the event loop; relayed to 50 viewers: a tenth less CPU, since it fits into the cache.
// It must be set before the first modules are loaded, which make it grow.
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--semi-space-growth-factor=1');
