/**
 * The sources of a PulseAudio server, or of PipeWire in its place, as pactl lists them. Owns reading
 * that list and which source is best; records nothing.
 */
import { z } from 'zod';
import type { CaptureContext, Device } from '../source.js';
import { MeetError } from '../../transport/errors.js';
import { programOutput } from '../program-output.js';
import type { Environment } from './sound-environment.js';
import { soundEnvironment } from './sound-environment.js';

export interface PulseSource {
  readonly name: string;
  readonly label: string;
  readonly channels: number;
  /** What a sink plays, instead of a microphone. */
  readonly isMonitor: boolean;
  readonly isDefault: boolean;
}

const SOURCE_LIST = z.array(
  z.object({ name: z.string(), description: z.string(), sample_specification: z.string() }),
);
const SERVER_INFO = z.object({ default_source_name: z.string() });

/**
 * All sources, best first: the server's default microphone, other microphones, then monitors with
 * the server's default first. Throws MEET_DEVICE_NONE when no server answers. Without pactl: empty.
 */
export async function pulseSources(context: CaptureContext): Promise<readonly PulseSource[]> {
  const pactl = context.findProgram('pactl');
  if (pactl === undefined) return [];
  const env = soundEnvironment(context.env, context.platform);
  const [sources, defaultName] = await Promise.all([
    listSources(pactl, env),
    defaultSource(pactl, env),
  ]);
  return sources
    .map((source) => ({ ...source, isDefault: source.name === defaultName }))
    .sort((left, right) => rank(left) - rank(right));
}

/** The same as devices; empty when no server answers. */
export async function pulseDevices(context: CaptureContext): Promise<readonly Device[]> {
  try {
    return (await pulseSources(context)).map(({ name, label }) => ({ name, label }));
  } catch {
    return [];
  }
}

/** Why no sound can come from a sound server here, or undefined. Takes at most 2 s. */
export async function pulseUnavailable(context: CaptureContext): Promise<MeetError | undefined> {
  try {
    const sources = await pulseSources(context);
    return sources.length > 0 || context.findProgram('pactl') === undefined
      ? undefined
      : noSource();
  } catch (thrown) {
    if (thrown instanceof MeetError) return thrown;
    throw thrown;
  }
}

/**
 * The source that `name` means (undefined or `default`: the best), or undefined when it can't be told
 * (no pactl). Throws MEET_DEVICE_NAME for one that the server doesn't have, MEET_DEVICE_NONE.
 */
export async function findPulseSource(
  context: CaptureContext,
  name: string | undefined,
): Promise<PulseSource | undefined> {
  if (context.findProgram('pactl') === undefined) return undefined;
  const sources = await pulseSources(context);
  const wanted = name === undefined || name === 'default';
  const found = wanted ? sources[0] : sources.find((source) => source.name === name);
  if (found !== undefined) return found;
  if (sources.length === 0) throw noSource();
  throw new MeetError(
    'MEET_DEVICE_NAME',
    `the sound server has no source "${name ?? 'default'}"; it has ${sources.map((source) => source.name).join(', ')} (pactl list short sources)`,
  );
}

/** MEET_DEVICE_NONE: no sound server. `words` is what the program said. */
export function noSoundServer(env: Environment, words: string, cause?: unknown): MeetError {
  const where = env.PULSE_SERVER ?? 'the place that client.conf names';
  return new MeetError(
    'MEET_DEVICE_NONE',
    `no sound server answers at ${where} (${words === '' ? 'no answer' : words}); start PulseAudio (pulseaudio --start) or PipeWire (systemctl --user start pipewire-pulse), or set PULSE_SERVER`,
    cause === undefined ? {} : { cause },
  );
}

function noSource(): MeetError {
  return new MeetError(
    'MEET_DEVICE_NONE',
    'the sound server has no source to record from; plug in a microphone, or load one: pactl load-module module-null-sink',
  );
}

async function listSources(
  pactl: string,
  env: Environment,
): Promise<Omit<PulseSource, 'isDefault'>[]> {
  const long = await programOutput(pactl, ['-f', 'json', 'list', 'sources'], env);
  const parsed = SOURCE_LIST.safeParse(long.ok ? jsonOf(long.stdout) : undefined);
  if (parsed.success) {
    return parsed.data.map((row) => describe(row.name, row.description, row.sample_specification));
  }
  // Before PulseAudio 16 pactl writes no JSON.
  const short = await programOutput(pactl, ['list', 'short', 'sources'], env);
  if (!short.ok) throw noSoundServer(env, firstLine(short.stderr));
  return short.stdout
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((columns) => columns.length >= 4)
    .map(([, name = '', , specification = '']) => describe(name, name, specification));
}

async function defaultSource(pactl: string, env: Environment): Promise<string | undefined> {
  const info = await programOutput(pactl, ['-f', 'json', 'info'], env);
  const parsed = SERVER_INFO.safeParse(info.ok ? jsonOf(info.stdout) : undefined);
  return parsed.success ? parsed.data.default_source_name : undefined;
}

/** `specification` is pactl's: `s16le 2ch 44100Hz`. */
function describe(name: string, label: string, specification: string) {
  const channels = Number(/\b(\d+)ch\b/.exec(specification)?.[1] ?? 1);
  return { name, label, channels, isMonitor: name.endsWith('.monitor') };
}

function rank(source: PulseSource): number {
  return (source.isMonitor ? 2 : 0) + (source.isDefault ? 0 : 1);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
