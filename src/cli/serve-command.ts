/**
 * `meet serve` and `meetd`: the daemon in the foreground. Owns what its operator sees and when it
 * ends.
 */
import { randomUUID } from 'node:crypto';

import type { Io } from './io.js';
import { readConfigFile } from './config-file.js';
import type { EventWriter } from './event-writer.js';
import { jsonEvents, serveLines } from './event-writer.js';
import type { ExitCode } from './exit-codes.js';
import { exitCodeOf } from './exit-codes.js';
import { createLogger } from './logger.js';
import { resolveOptions } from './option-table.js';
import { SERVE_OPTIONS } from './serve-options.js';
import type { ServeOptions } from './serve-options.js';
import { keepYoungGenerationSmall, startDaemon } from './serve-run.js';
import type { RunningDaemon } from './serve-run.js';
import type { ShareRun } from './share-run.js';
import { exitFor, toldFailure, untilEnd } from './until-end.js';

/** Runs until `--duration`, a signal, or a failure. Resolves with the exit code. */
export async function serveCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  const options = await readOptions(io, flags);
  if (options.tui ?? (io.stdout.isTTY === true && io.stdin.isTTY && !options.json)) {
    return (await import('./serve-dashboard.js')).serveDashboard(io, options);
  }
  keepYoungGenerationSmall();
  const emit = options.json ? jsonEvents(io.stdout, io.clock) : serveLines(io.stdout);
  const logger = createLogger(io.stderr, options.logLevel, io.tellParent !== undefined);
  const hostSession = randomUUID();
  const running = await toldFailure(emit, () =>
    startDaemon(io, options, logger, emit, hostSession),
  );
  io.tellParent?.({ ready: running.daemon.ports });
  const host = await shareHost(io, options, running, hostSession, emit);
  const stopStats = emitStats(io, options, running, emit);
  const ended = await untilEnd(io, options.duration);
  stopStats();
  const { streams } = running.daemon.stats();
  await host?.close('the daemon is ending');
  await running.close(ended === undefined ? 'its time is up' : 'the daemon is ending');
  const fault = running.recordingFault();
  const exitCode = fault === undefined ? exitFor(ended) : exitCodeOf(fault);
  emit({ event: 'end', exitCode, reason: fault ?? ended?.signal ?? 'duration', streams });
  return exitCode;
}

/** The host's own camera, as one more participant; a camera that fails is told and tried again. */
async function shareHost(
  io: Io,
  { video, bind }: ServeOptions,
  { daemon }: RunningDaemon,
  session: string,
  emit: EventWriter,
): Promise<ShareRun | undefined> {
  if (video === false) return undefined;
  const { reachable, startHostShare } = await import('./host-share.js');
  const source = video === true ? undefined : video;
  const { ports } = daemon;
  return startHostShare(io, { source, host: reachable(bind), ports, session }, emit);
}

async function readOptions(io: Io, flags: Record<string, unknown>): Promise<ServeOptions> {
  const path = resolveOptions({ config: SERVE_OPTIONS.config }, { flags, env: {} }).config;
  const file =
    path === undefined ? {} : { file: await readConfigFile(path, SERVE_OPTIONS, io.ending) };
  return resolveOptions(SERVE_OPTIONS, { flags, env: io.env, ...file });
}

function emitStats(
  io: Io,
  options: ServeOptions,
  { daemon }: RunningDaemon,
  emit: EventWriter,
): () => void {
  if (options.stats === undefined) return () => undefined;
  return io.clock.every(options.stats * 1000, () => {
    emit(daemon.stats());
    daemon.resetLoopDelay();
  });
}
