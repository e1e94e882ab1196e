/**
 * What the microphone tests share: a context as the command line builds it, and a sink that keeps
 * what it was given. Owns no device.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type {
  Backend,
  CaptureContext,
  Captured,
  OpenRequest,
  Source,
  SourceSink,
} from '../../../src/capture/source.js';
import type { Clock } from '../../../src/transport/clock.js';
import { systemClock } from '../../../src/transport/clock.js';
import type { MeetError } from '../../../src/transport/errors.js';
import type { Pcm } from '../../setup/tone.js';

type Environment = CaptureContext['env'];

/** A context with real programs; `programs` maps names to other paths, or to undefined: missing. */
export function contextWith(
  env: Environment = process.env,
  programs: Readonly<Record<string, string | undefined>> = {},
  clock: Clock = systemClock,
): CaptureContext {
  return {
    clock,
    env,
    platform: process.platform,
    findProgram: (name) => (name in programs ? programs[name] : onPath(name, env)),
  };
}

function onPath(name: string, env: Environment): string | undefined {
  return (env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Keeps every frame; `frames(n)` resolves when n are there, `fault` with the fault. */
export class KeepingSink implements SourceSink {
  readonly captured: Captured[] = [];
  readonly arrivedMs: number[] = [];
  readonly faults: MeetError[] = [];
  readonly fault: Promise<MeetError>;
  #resolveFault: (fault: MeetError) => void = () => undefined;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor() {
    this.fault = new Promise((resolve) => {
      this.#resolveFault = resolve;
    });
  }

  onCapture(captured: Captured): void {
    this.captured.push(captured);
    this.arrivedMs.push(performance.now());
    const ready = this.#waiting.filter(({ count }) => count <= this.captured.length);
    this.#waiting = this.#waiting.filter(({ count }) => count > this.captured.length);
    for (const { resolve } of ready) resolve();
  }

  onFault(fault: MeetError): void {
    this.faults.push(fault);
    this.#resolveFault(fault);
  }

  ready(): boolean {
    return true;
  }

  frames(count: number): Promise<void> {
    if (this.captured.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
    });
  }

  /** Everything from frame `from` on as one piece. */
  pcm(source: Source, from = 0): Pcm {
    const { format } = source;
    if (format.codec !== 'pcm-s16le') throw new Error('the source gives no sound');
    const bytes = Buffer.concat(this.captured.slice(from).map(({ payload }) => payload));
    return { bytes, sampleRateHz: format.sampleRateHz, channels: format.channels };
  }
}

/** Opens a backend as a share does. */
export function openSound(
  backend: Backend,
  context: CaptureContext,
  device: string | undefined,
  sink: SourceSink,
  signal: AbortSignal = new AbortController().signal,
): Promise<Source> {
  const request: OpenRequest = { context, device, wish: { kind: 'audio' }, sink, signal };
  return backend.open(request);
}
