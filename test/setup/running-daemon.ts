/**
 * A real daemon on free ports of loopback, with its events, log lines and frames kept in order. Owns
 * the daemon, which ends with the test.
 */
import { onTestFinished } from 'vitest';
import type { Logger } from '../../src/daemon/connection-log.js';
import { Daemon } from '../../src/daemon/daemon.js';
import type { DaemonEvent, StreamRow } from '../../src/daemon/events.js';
import type { RecordingSubscriber } from '../../src/daemon/recording-subscriber.js';
import { PicturePool } from '../../src/daemon/picture-encoding/picture-pool.js';
import type { AdmissionRules } from '../../src/daemon/admission/admission-rules.js';
import type { Clock } from '../../src/transport/clock.js';
import { systemClock } from '../../src/transport/clock.js';
import type { Frame } from '../../src/transport/frame.js';
import type { Limits } from '../../src/transport/limits.js';
import { limitsWith } from '../../src/transport/limits.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { Journal } from './journal.js';
import { testSecurity } from './test-certificate.js';

export interface LogLine {
  readonly level: keyof Logger;
  readonly fields: object;
  readonly words: string;
}

/** A frame as a subscriber of the hub got it. */
export interface HubFrame {
  readonly participant: number;
  readonly kind: StreamKind;
  readonly frame: Frame;
  readonly lost: number;
  /** Monotonic ms of the daemon's clock. */
  readonly atMs: number;
}

export interface TestDaemonOptions {
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
  /** Where it listens. Default 127.0.0.1. */
  readonly host?: string;
  /** Ports of a daemon that was here before; left out: any free ones. */
  readonly ports?: Readonly<Record<StreamKind, number>>;
  readonly openFiles?: number;
  /** The session of the host's own share. */
  readonly hostSession?: string;
  /** Changes of the rules of who may come in; TLS is spoken where any are given. */
  readonly rules?: Partial<AdmissionRules>;
  /** [0, 1), in place of chance. */
  readonly random?: () => number;
  /** False: `frames` stays empty, and the memory of large frames is used again. Default true. */
  readonly keepsFrames?: boolean;
  /** Left out: nothing is recorded. */
  readonly recording?: RecordingSubscriber;
}

export type EventNamed<Name extends DaemonEvent['event']> = DaemonEvent & { event: Name };

export class RunningDaemon {
  readonly daemon: Daemon;
  readonly events: Journal<DaemonEvent>;
  readonly log: Journal<LogLine>;
  readonly frames = new Journal<HubFrame>();

  static async start(options: TestDaemonOptions = {}): Promise<RunningDaemon> {
    const clock = options.clock ?? systemClock;
    const limits = limitsWith(options.limits);
    const events = new Journal<DaemonEvent>();
    const log = new Journal<LogLine>();
    const daemon = await Daemon.start({
      ports: options.ports ?? { screen: 0, video: 0, audio: 0 },
      host: options.host ?? '127.0.0.1',
      limits,
      clock,
      logger: journalLogger(log),
      software: 'meet test',
      openFiles: options.openFiles,
      pool: new PicturePool({ clock, limits }),
      recording: options.recording,
      ...(options.hostSession === undefined ? {} : { hostSession: options.hostSession }),
      ...(options.rules === undefined ? {} : { security: await testSecurity(options.rules) }),
      ...(options.random === undefined ? {} : { random: options.random }),
      onEvent: (event) => {
        events.push(event);
      },
    });
    const made = new RunningDaemon(daemon, events, log);
    if (options.keepsFrames !== false) made.#keepFrames(clock);
    return made;
  }

  private constructor(daemon: Daemon, events: Journal<DaemonEvent>, log: Journal<LogLine>) {
    this.daemon = daemon;
    this.events = events;
    this.log = log;
    onTestFinished(() => daemon.close('the test has ended'));
  }

  #keepFrames(clock: Clock): void {
    this.daemon.hub.subscribe({
      onFrame: ({ number }, { kind }, frame, lost) => {
        this.frames.push({ participant: number, kind, frame, lost, atMs: clock.now() });
      },
    });
  }

  get ports(): Record<StreamKind, number> {
    return this.daemon.ports;
  }

  /** The figures of the only stream of that kind. Throws when there is none. */
  row(kind: StreamKind = 'screen'): StreamRow {
    const found = this.daemon.stats().streams.find((stream) => stream.kind === kind);
    if (found === undefined) throw new Error(`no ${kind} stream`);
    return found;
  }

  /** Resolves with the first event of that name that has these fields, also a past one. */
  event<Name extends DaemonEvent['event']>(
    name: Name,
    matches: (event: EventNamed<Name>) => boolean = () => true,
  ): Promise<DaemonEvent> {
    return this.events.first((event) => isNamed(event, name) && matches(event));
  }

  /** Names of participants now. */
  get names(): string[] {
    return [...this.daemon.hub.participants].map(({ name }) => name);
  }
}

/** All events of a name so far. */
export function eventsNamed<Name extends DaemonEvent['event']>(
  { events }: RunningDaemon,
  name: Name,
): EventNamed<Name>[] {
  return events.entries.filter((event) => isNamed(event, name));
}

function isNamed<Name extends DaemonEvent['event']>(
  event: DaemonEvent,
  name: Name,
): event is EventNamed<Name> {
  return event.event === name;
}

function journalLogger(log: Journal<LogLine>): Logger {
  const level = (name: keyof Logger) => (fields: object, words: string) => {
    log.push({ level: name, fields, words });
  };
  return {
    debug: level('debug'),
    info: level('info'),
    warn: level('warn'),
    error: level('error'),
  };
}
