/**
 * A viewer for commands that look once: a session with a daemon over TCP. Owns how such a session is
 * made from options; shows nothing.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import type { ClientSecurity } from '../transport/client-security.js';
import { limitsWith } from '../transport/limits.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { ViewerEvents } from '../transport/viewer-session.js';
import { ViewerSession } from '../transport/viewer-session.js';
import type { Io } from './io.js';

export interface ViewerWish {
  readonly host: string;
  readonly ports: Readonly<Record<StreamKind, number>>;
  readonly room: string;
  readonly name?: string;
  readonly kinds?: readonly StreamKind[];
  readonly session?: string;
  readonly waitMs?: number;
  /** How long to wait to be let in; for ever where it is left out. */
  readonly admissionMs?: number;
  readonly security?: ClientSecurity;
  /** The same session publishes, too. */
  readonly publishes?: boolean;
  readonly reconnect?: boolean;
  /** The longest answer that is taken, in bytes of JSON; `control-bytes` where it is left out. */
  readonly answerBytes?: number;
  /** Somebody here can answer an offered game. */
  readonly plays?: boolean;
}

/** Not connected yet: call `start`, and `close` at the end. */
export function createViewer(io: Io, wish: ViewerWish, events: ViewerEvents): ViewerSession {
  const { host, ports, room, name, kinds, session, waitMs, reconnect } = wish;
  const { security, admissionMs, publishes, plays, answerBytes } = wish;
  return new ViewerSession({
    host,
    ports,
    ...(security === undefined ? {} : { security }),
    ...(admissionMs === undefined ? {} : { admissionMs }),
    ...(publishes === undefined ? {} : { publishes }),
    ...(kinds === undefined ? {} : { kinds }),
    identity: {
      name: name ?? hostname(),
      room,
      session: session ?? randomUUID(),
      software: `meet ${io.version}`,
    },
    waitMs: waitMs ?? 0,
    reconnect: reconnect ?? false,
    plays: plays ?? false,
    limits: limitsWith(answerBytes === undefined ? {} : { 'control-bytes': answerBytes }),
    clock: io.clock,
    random: io.random,
    events,
  });
}
