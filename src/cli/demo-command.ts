/**
 * `meet demo`, which `npm start` runs: a daemon on loopback and a share of this machine's screen,
 * camera and microphone, each with its `test` source where there is no device. Owns this pairing;
 * daemon and share are those of `meet serve` and `meet share`.
 */
import { relative } from 'node:path';

import type { Source } from '../capture/source.js';
import type { MeetError } from '../transport/errors.js';
import { asMeetError } from '../transport/errors.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { captureContext } from './capture-context.js';
import type { DeviceOpener } from './devices.js';
import { deviceOpener } from './devices.js';
import type { EventWriter } from './event-writer.js';
import { jsonEvents, sourceWords, statsLine } from './event-writer.js';
import type { ExitCode } from './exit-codes.js';
import { exitCodeOf } from './exit-codes.js';
import type { Io } from './io.js';
import { createLogger } from './logger.js';
import { resolveOptions } from './option-table.js';
import { printable } from './printable.js';
import { SERVE_OPTIONS } from './serve-options.js';
import type { ServeOptions } from './serve-options.js';
import { startDaemon } from './serve-run.js';
import type { RunningDaemon } from './serve-run.js';
import { SHARE_OPTIONS } from './share-options.js';
import { ShareRun } from './share-run.js';
import { DEMO_OPTIONS } from './small-options.js';
import type { DemoOptions } from './small-options.js';
import { exitFor, toldFailure, untilEnd } from './until-end.js';

const SECOND_MS = 1000;
const ANY_PORTS = { screen: 0, video: 0, audio: 0 } as const;

export async function demoCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  const options = resolveOptions(DEMO_OPTIONS, { flags, env: io.env });
  const emit = options.json ? jsonEvents(io.stdout, io.clock) : demoLines(io);
  return toldFailure(emit, () => demo(io, options, emit));
}

async function demo(io: Io, options: DemoOptions, emit: EventWriter): Promise<ExitCode> {
  const running = await startOnFreePorts(io, options, emit);
  const { daemon } = running;
  const run = shareOf(io, running, emit);
  const stopStats = io.clock.every(SECOND_MS, () => {
    emit(daemon.stats());
  });
  try {
    const failed = run
      .start()
      .then(() => run.finished())
      .then(() => undefined);
    const timed = run.sharing.then(() => untilEnd(io, options.duration));
    const ended = await Promise.race([failed, untilEnd(io, undefined), timed]);
    const { streams } = daemon.stats();
    await run.close('the demo ends');
    await running.close('the demo ends');
    const fault = running.recordingFault();
    const exitCode = fault === undefined ? exitFor(ended) : exitCodeOf(fault);
    emit({ event: 'end', exitCode, reason: fault ?? ended?.signal ?? 'duration', streams });
    return exitCode;
  } finally {
    stopStats();
    await run.close('the demo failed');
    await running.close('the demo failed');
  }
}

/** The usual ports, so that others can join in; any free ones where those are taken. */
async function startOnFreePorts(
  io: Io,
  options: DemoOptions,
  emit: EventWriter,
): Promise<RunningDaemon> {
  const flags = { record: options.record, format: options.format, bind: '127.0.0.1' };
  const serve = resolveOptions(SERVE_OPTIONS, { flags, env: {} });
  const logger = createLogger(io.stderr, serve.logLevel);
  const start = (wish: ServeOptions): Promise<RunningDaemon> => startDaemon(io, wish, logger, emit);
  try {
    return await start(serve);
  } catch (thrown) {
    if (asMeetError(thrown).code !== 'MEET_PORT_TAKEN') throw thrown;
    return await start({ ...serve, ports: ANY_PORTS });
  }
}

function shareOf(io: Io, { daemon }: RunningDaemon, emit: EventWriter): ShareRun {
  const context = captureContext(io);
  const options = resolveOptions(SHARE_OPTIONS, { flags: {}, env: {} });
  const devices = new Map<StreamKind, DeviceOpener>();
  for (const kind of STREAM_KINDS) {
    const real = deviceOpener({ context, kind, source: undefined, options });
    const test = deviceOpener({ context, kind, source: 'test', options });
    devices.set(kind, realOrTest(kind, real, test, emit));
  }
  const { host, name, room, reconnect } = options;
  const wish = { host, name, room, reconnect, ports: daemon.ports, waitMs: 0, devices };
  return new ShareRun(io, wish, emit);
}

/** The real device; where it can't be opened, one line that says why, and the test source. */
function realOrTest(
  kind: StreamKind,
  real: DeviceOpener,
  test: DeviceOpener,
  emit: EventWriter,
): DeviceOpener {
  return async (sink, signal): Promise<Source> => {
    try {
      return await real(sink, signal);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const fault = asMeetError(thrown);
      emit({ event: 'error', kind, code: fault.code, message: briefly(fault) });
      return await test(sink, signal);
    }
  };
}

/** Of all that was tried the most telling, without what mends it: `meet doctor` says that. */
function briefly(fault: MeetError): string {
  const tried: readonly unknown[] =
    fault.cause instanceof AggregateError ? fault.cause.errors : [fault];
  const telling = tried.map((each) => asMeetError(each)).find(({ code }) => code === fault.code);
  return (telling ?? fault).message.split(';', 1).join('');
}

function demoLines(io: Io): EventWriter {
  const say = (line: string | undefined): void => {
    if (line !== undefined) io.stdout.write(`${printable(line)}\n`);
  };
  return (event) => {
    switch (event.event) {
      case 'ready': {
        const { screen, video, audio } = event.ports;
        say(`daemon on ${event.host}: screen ${screen}, video ${video}, audio ${audio}`);
        break;
      }
      case 'error':
        if (event.kind !== undefined)
          say(`${event.kind}: test source, since ${event.message}; see meet doctor`);
        break;
      case 'stream':
        if (event.device !== undefined) {
          say(`${event.kind}: live (${sourceWords(event)})`);
        }
        break;
      case 'recording':
        if (event.state === 'started' || event.code !== undefined) {
          say(
            `recording ${event.state}: ${relative('', event.path)} ${event.message ?? ''}`.trim(),
          );
        }
        break;
      case 'stats':
        say(statsLine(event.streams));
        break;
      case 'end':
        if (event.streams !== undefined) say(endLine(event.streams));
        break;
      default:
    }
  };
}

function endLine(streams: readonly { kind: StreamKind; frames?: number | undefined }[]): string {
  const counts = streams.map(({ kind, frames }) => `${kind} ${frames ?? 0}`).join(', ');
  return `ended; frames that came in: ${counts === '' ? 'none' : counts}`;
}
