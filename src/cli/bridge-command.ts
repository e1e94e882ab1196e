/**
 * `meet bridge`: takes the older clients of this machine and carries them onward encrypted. Owns the
 * local daemon, which listens on loopback only, and when it ends.
 */
import { Daemon } from '../daemon/daemon.js';
import { openFileLimit } from '../daemon/door.js';
import { PicturePool } from '../daemon/picture-encoding/picture-pool.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import { limitsWith } from '../transport/limits.js';
import { isLoopbackHost } from '../transport/network-address.js';
import { Bridge, REMOTE_SESSION } from './bridge.js';
import { BRIDGE_OPTIONS } from './client-options.js';
import type { BridgeOptions } from './client-options.js';
import { clientSecurity } from './client-trust.js';
import type { EventWriter } from './event-writer.js';
import { jsonEvents, serveLines } from './event-writer.js';
import type { ExitCode } from './exit-codes.js';
import { resolveInvited } from './invite-source.js';
import type { Io } from './io.js';
import { createLogger } from './logger.js';
import { namingHolder } from './port-holder.js';
import { printable } from './printable.js';
import { exitFor, toldFailure, untilEnd } from './until-end.js';
import { waitingTimes } from './waiting-times.js';

const LOOPBACK = '127.0.0.1';

export async function bridgeCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  const { options, invite } = await resolveInvited(io, BRIDGE_OPTIONS, flags);
  requireElsewhere(options);
  const emit = options.json ? jsonEvents(io.stdout, io.clock) : onceLines(serveLines(io.stdout));
  return toldFailure(emit, async () => {
    const security = await clientSecurity(io, options, invite, (line) =>
      io.stderr.write(`${line}\n`),
    );
    const daemon = await startLocal(io, options, emit);
    let fail: (fault: MeetError) => void = () => undefined;
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const bridge = new Bridge({
      ...{ ...options, ...waitingTimes(options.wait), security, reconnect: true },
      ...{ hub: daemon.hub, software: `meet ${io.version}`, limits: limitsWith() },
      ...{ clock: io.clock, random: io.random },
      onWaiting: waitingTeller(emit),
      onLost: (kind, { code, message }, retryInMs) => {
        emit({ event: 'waiting', kind, code, message, retryInMs: Math.round(retryInMs) });
      },
      onDropped: (name, { code, message }) => {
        io.stderr.write(`${printable(`an older client (${name}) is shown out: ${message}`)}\n`);
        emit({ event: 'error', code, message });
      },
      onEnded: fail,
    });
    try {
      const started = bridge.start().then(() => {
        emit({ event: 'ready', host: LOOPBACK, ports: daemon.ports, pid: process.pid });
        return failed;
      });
      const ended = await Promise.race([started, failed, untilEnd(io, options.duration)]);
      await bridge.close();
      await daemon.close('the bridge ends');
      const exitCode = exitFor(ended);
      const streams = bridge.rows().map((row) => ({ ...row, state: 'off' as const }));
      emit({ event: 'end', exitCode, reason: ended?.signal ?? 'duration', streams });
      return exitCode;
    } finally {
      await bridge.close();
      await daemon.close('the bridge ends');
    }
  });
}

/** A bridge to its own ports would carry to itself what it carries. */
function requireElsewhere({ host, ports, localPorts }: BridgeOptions): void {
  const own = new Set(Object.values(localPorts));
  if (!isLoopbackHost(host) || !Object.values(ports).some((port) => own.has(port))) return;
  throw new MeetError(
    'MEET_USAGE',
    `the bridge itself listens at ${host}, at these ports; say where the daemon is: --host HOST, or its --ports`,
  );
}

/** An outage is told once, and not with each attempt of each stream, until it is another one or over. */
function onceLines(write: EventWriter): EventWriter {
  let told: string | undefined;
  return (event) => {
    if (event.event !== 'waiting') told = undefined;
    else if (event.code !== undefined && event.code === told) return;
    else told = event.code;
    write(event);
  };
}

/** Its participants are the older clients; nobody else can reach it. */
function startLocal(
  io: Io,
  { localPorts, logLevel }: BridgeOptions,
  emit: EventWriter,
): Promise<Daemon> {
  const limits = limitsWith();
  return Daemon.start({
    ports: localPorts,
    host: LOOPBACK,
    limits,
    clock: io.clock,
    logger: createLogger(io.stderr, logLevel),
    software: `meet ${io.version}`,
    openFiles: openFileLimit(),
    pool: new PicturePool({ clock: io.clock, limits }),
    hostSession: REMOTE_SESSION,
    recording: undefined,
    onEvent: (event) => {
      if (event.event === 'joined' || event.event === 'left' || event.event === 'stream') {
        emit(event);
      }
    },
  }).catch((thrown: unknown) => {
    // The daemon's own words are for whom it is the main thing.
    const { code, message, cause } = namingHolder(asMeetError(thrown));
    throw new MeetError(code, message.replace('--ports ', '--local-ports '), { cause });
  });
}

/** Told once, though each connection waits. */
function waitingTeller(
  emit: EventWriter,
): (fingerprint: string | undefined, message: string) => void {
  let told = false;
  return (fingerprint, message) => {
    if (told) return;
    told = true;
    const own = fingerprint === undefined ? {} : { fingerprint };
    emit({ event: 'waiting', state: 'begun', code: 'MEET_NOT_ADMITTED', message, ...own });
  };
}
