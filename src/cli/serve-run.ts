/**
 * Runs a daemon until it is to end: what `meet serve`, `meetd` and the demo have in common. Owns the
 * building of its real parts and their common end.
 */
import { setFlagsFromString } from 'node:v8';

import type { Logger } from '../daemon/connection-log.js';
import { Daemon } from '../daemon/daemon.js';
import { openFileLimit } from '../daemon/door.js';
import { PicturePool } from '../daemon/picture-encoding/picture-pool.js';
import type { DaemonEvent } from '../daemon/events.js';
import { DaemonControl } from '../daemon/daemon-control.js';
import { ControlServer } from '../transport/control-socket.js';
import { MeetError, asMeetError, systemErrorCode } from '../transport/errors.js';
import type { ErrorCode } from '../transport/errors.js';
import { limitsWith } from '../transport/limits.js';
import type { EventWriter } from './event-writer.js';
import { daemonSecurity } from './daemon-security.js';
import type { Io } from './io.js';
import { namingHolder } from './port-holder.js';
import type { ServeOptions } from './serve-options.js';
import { checkedRecorder, faultAfter, recordingRoot } from './serve-recording.js';

export interface RunningDaemon {
  readonly daemon: Daemon;
  /** Why recording is stopped, by the last that was told of it; undefined while all is well. */
  readonly recordingFault: () => ErrorCode | undefined;
  /** Ends the daemon and its control socket. Idempotent. */
  readonly close: (reason: string) => Promise<void>;
}

/** Where nothing is said: both families where the machine has them, else IPv4. */
const ALL_ADDRESSES = ['::', '0.0.0.0'] as const;
const LOOPBACK = '127.0.0.1';

/**
 * Keeps V8's young generation at its first size. What a daemon makes is either a frame, whose bytes lie
 * outside of that heap, or gone at once; left alone it grows with the first burst of handshakes and
 * stays so. Measured with 100 quiet participants of three connections: 137 kB each with growth, 27 kB
 * without.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Faults of peers, which have an address, are in the log by then; this one is the daemon's own. */
function logOwn(
  logger: Logger,
  { code, message, address }: DaemonEvent & { event: 'error' },
): void {
  if (address === undefined) logger.error({ code }, message);
}

/** Starts a daemon as the options say and tells `ready`. Rejects with a MeetError. */
export async function startDaemon(
  io: Io,
  options: ServeOptions,
  logger: Logger,
  emit: EventWriter,
  hostSession?: string,
): Promise<RunningDaemon> {
  const root = recordingRoot(io, options);
  let fault: ErrorCode | undefined;
  // Somebody may join while the control socket is made; `ready` is the first event all the same.
  let early: DaemonEvent[] | undefined = [];
  const onEvent = (event: DaemonEvent): void => {
    if (event.event === 'recording') fault = faultAfter(fault, event);
    if (event.event === 'error') logOwn(logger, event);
    if (early === undefined) emit(event);
    else early.push(event);
  };
  // The recorder is there before the daemon, by which all who follow its events are told.
  let tell = onEvent;
  const recording =
    root === undefined
      ? undefined
      : await checkedRecorder(io, root, options, (event) => {
          tell(event);
        });
  const hosts: readonly [string, ...string[]] =
    options.bind === undefined ? ALL_ADDRESSES : [options.bind];
  const security = await daemonSecurity(io, options);
  const daemon = await startOn(hosts, (host) =>
    Daemon.start({
      ports: options.ports,
      host,
      limits: options.limit,
      clock: io.clock,
      logger,
      software: `meet ${io.version}`,
      openFiles: openFileLimit(),
      pool: new PicturePool({ clock: io.clock, limits: options.limit }),
      ...(hostSession === undefined ? {} : { hostSession }),
      security,
      random: io.random,
      recording,
      onEvent,
    }),
  ).catch((thrown: unknown) => {
    throw namingHolder(asMeetError(thrown));
  });
  tell = (event) => {
    daemon.tell(event);
  };
  // Whoever waits for `ready` may send its first command at once.
  const control = await listenForCommands(io, daemon, logger);
  emit({
    event: 'ready',
    host: daemon.host,
    ports: daemon.ports,
    pid: process.pid,
    ...(security.fingerprint === undefined ? {} : { fingerprint: security.fingerprint }),
    ...(root === undefined ? {} : { recording: root }),
  });
  const waiting = early;
  early = undefined;
  for (const event of waiting) emit(event);
  return {
    daemon,
    recordingFault: () => fault,
    close: async (reason) => {
      await Promise.all([daemon.close(reason), control?.close()]);
    },
  };
}

/** Without a control socket the daemon still does its work; only commands can't reach it. */
async function listenForCommands(
  io: Io,
  daemon: Daemon,
  logger: Logger,
): Promise<ControlServer | undefined> {
  const control = new DaemonControl(daemon, (event) => ({
    ...event,
    at: new Date(io.clock.wallUs() / 1000).toISOString(),
  }));
  try {
    return await ControlServer.open(`daemon-${daemon.ports.screen}`, io.env, io.platform, {
      limits: limitsWith(),
      clock: io.clock,
      handlers: {
        onControl: (connection, record) => {
          control.onControl(connection, record);
        },
      },
    });
  } catch (thrown) {
    const { code, message } = asMeetError(thrown);
    logger.warn({ code }, `meet status, events and ctl can't reach this daemon: ${message}`);
    return undefined;
  }
}

/** The first address that this machine has. */
async function startOn(
  hosts: readonly string[],
  start: (host: string) => Promise<Daemon>,
): Promise<Daemon> {
  const [host = LOOPBACK, ...others] = hosts;
  try {
    return await start(host);
  } catch (thrown) {
    const cause = thrown instanceof MeetError ? systemErrorCode(thrown.cause) : undefined;
    const missing = cause === 'EAFNOSUPPORT' || cause === 'EADDRNOTAVAIL';
    if (others.length === 0 || !missing) throw thrown;
    return await startOn(others, start);
  }
}
