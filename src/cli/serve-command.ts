/**
 * `meet serve` and `meetd`: the daemon in the foreground. Owns what its operator sees and when it
 * ends.
 */
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
import { exitFor, toldFailure, untilEnd } from './until-end.js';

/** Runs until `--duration`, a signal, or a failure. Resolves with the exit code. */
export async function serveCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  keepYoungGenerationSmall();
  const options = readOptions(io, flags);
  const emit = options.json ? jsonEvents(io.stdout, io.clock) : serveLines(io.stdout);
  const logger = createLogger(io.stderr, options.logLevel);
  const running = await toldFailure(emit, () => startDaemon(io, options, logger, emit));
  const stopStats = emitStats(io, options, running, emit);
  const ended = await untilEnd(io, options.duration);
  stopStats();
  const { streams } = running.daemon.stats();
  await running.close(ended === undefined ? 'its time is up' : 'the daemon is ending');
  const fault = running.recordingFault();
  const exitCode = fault === undefined ? exitFor(ended) : exitCodeOf(fault);
  emit({ event: 'end', exitCode, reason: fault ?? ended?.signal ?? 'duration', streams });
  return exitCode;
}

function readOptions(io: Io, flags: Record<string, unknown>): ServeOptions {
  const path = resolveOptions({ config: SERVE_OPTIONS.config }, { flags, env: {} }).config;
  const file = path === undefined ? {} : { file: readConfigFile(path, SERVE_OPTIONS) };
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
