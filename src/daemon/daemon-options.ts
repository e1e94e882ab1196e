/**
 * What a daemon is given: addresses, limits, time, and the parts that the outer world builds. Owns these
 * interfaces; checks nothing, since options are checked where they are read.
 */
import type { SecureContext } from 'node:tls';

import type { Clock } from '../transport/clock.js';
import type { Limits } from '../transport/limits.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { AdmissionRules } from './admission/admission-rules.js';
import type { Logger } from './connection-log.js';
import type { DaemonEvent } from './events.js';
import type { PicturePool } from './picture-encoding/picture-pool.js';
import type { RecordingSubscriber } from './recording-subscriber.js';

export interface DaemonOptions {
  readonly ports: Readonly<Record<StreamKind, number>>;
  /** Address to listen on. */
  readonly host: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Program and version, told to peers. */
  readonly software: string;
  /** The process's soft limit of open files; undefined where it is not known. */
  readonly openFiles: number | undefined;
  /** Turns pictures of older clients into JPEGs. The daemon closes it. */
  readonly pool: PicturePool;
  readonly recording: RecordingSubscriber | undefined;
  /** The session of the host's own share, whose camera older clients see first. */
  readonly hostSession?: string;
  /** Left out: no TLS, everything in memory, and nobody from elsewhere unasked. */
  readonly security?: DaemonSecurity;
  /** [0, 1), as Math.random. */
  readonly random?: () => number;
  /** Synchronous; must not throw. */
  readonly onEvent: (event: DaemonEvent) => void;
}

export interface DaemonSecurity {
  /** Undefined: TLS is not spoken. */
  readonly secureContext: SecureContext | undefined;
  /** Of the daemon's key; undefined without TLS. */
  readonly fingerprint: string | undefined;
  readonly rules: AdmissionRules;
}
