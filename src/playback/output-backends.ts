/**
 * The programs that play sound: their arguments, which device names they may be given, and how to
 * read what they say. Owns this table; starts nothing.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { MeetError } from '../transport/errors.js';
import type { OutputName } from './output.js';
import { MIX_CHANNELS, MIX_RATE_HZ } from './output.js';

/** What the device is asked to hold: below, a busy machine runs it dry. */
const DEVICE_MS = 20;
/** ALSA's own period would be 125 ms. */
const ALSA_PERIOD_US = 10_000;
const ALSA_BUFFER_MS = 40;
/** The package speaker holds 0.5 s in periods of 125 ms; with less below them it stands still. */
const SPEAKER_BUFFER_MS = 600;

/** What a line says: it plays; it has taken so much since it began; it had nothing to play. */
export type Said =
  | { readonly what: 'ready' }
  | { readonly what: 'taken'; readonly takenMs: number }
  | { readonly what: 'dry' };

export interface OutputBackend {
  readonly name: Exclude<OutputName, 'null'>;
  readonly program: string;
  /** Arguments that play PCM s16le from standard input; `device` was checked. */
  readonly args: (device: string | undefined) => readonly string[];
  /** Names that it may be given. */
  readonly deviceNames: RegExp;
  readonly read: (line: string) => Said | undefined;
  /** It never says `taken`, and `ready` neither: it plays once it has run for a while. */
  readonly silent: boolean;
  /** What the device holds beyond what `taken` counts. */
  readonly deviceMs: number;
  /** PulseAudio's latency where it plays through ALSA's plugin for it. */
  readonly pulseLatencyMs: number;
}

/** As PulseAudio (pulsecore/namereg.c) and PipeWire allow them; none begins with `-`. */
const PULSE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:+,-]{0,254}$/;
/** ALSA's hardware and bare names: its `file` and `tee` plugins write files and run commands. */
const ALSA_NAME =
  /^(?:(?:hw|plughw|sysdefault|default|front|dmix):[A-Za-z0-9_=,.-]{1,120}|[A-Za-z_][A-Za-z0-9_.-]{0,127})$/;

const pacat: OutputBackend = {
  name: 'pacat',
  program: 'pacat',
  args: (device) => [
    ...['--playback', '--raw', '--verbose', '--format=s16le', '--client-name=meet'],
    ...[`--rate=${MIX_RATE_HZ}`, `--channels=${MIX_CHANNELS}`, `--latency-msec=${DEVICE_MS}`],
    ...(device === undefined ? [] : [`--device=${device}`]),
  ],
  deviceNames: PULSE_NAME,
  read: readPacat,
  silent: false,
  deviceMs: 0,
  pulseLatencyMs: DEVICE_MS,
};

/** `--raw` came after PipeWire 0.3.65: an older pw-cat ends at once, and the next is tried. */
const pwCat: OutputBackend = {
  name: 'pw-cat',
  program: 'pw-cat',
  args: (device) => [
    ...['--playback', '--raw', '--format=s16', `--rate=${MIX_RATE_HZ}`],
    ...[`--channels=${MIX_CHANNELS}`, `--latency=${DEVICE_MS}ms`],
    ...(device === undefined ? [] : [`--target=${device}`]),
    '-',
  ],
  deviceNames: PULSE_NAME,
  read: () => undefined,
  silent: true,
  deviceMs: DEVICE_MS,
  pulseLatencyMs: DEVICE_MS,
};

const aplay: OutputBackend = {
  name: 'aplay',
  program: 'aplay',
  args: (device) => [
    ...['--quiet', '--file-type=raw', '--format=S16_LE', `--rate=${MIX_RATE_HZ}`],
    ...[`--channels=${MIX_CHANNELS}`, `--buffer-time=${ALSA_BUFFER_MS * 1000}`],
    `--period-time=${ALSA_PERIOD_US}`,
    ...(device === undefined ? [] : [`--device=${device.replace(/^hw:/, 'plughw:')}`]),
    '-',
  ],
  deviceNames: ALSA_NAME,
  read: (line) => (line.startsWith('underrun') ? { what: 'dry' } : undefined),
  silent: true,
  deviceMs: ALSA_BUFFER_MS,
  pulseLatencyMs: DEVICE_MS,
};

const speaker: OutputBackend = {
  name: 'speaker',
  program: process.execPath,
  args: (device) => [speakerChildPath(), ...(device === undefined ? [] : [device])],
  deviceNames: ALSA_NAME,
  read: readSpeakerChild,
  silent: false,
  deviceMs: 0,
  pulseLatencyMs: SPEAKER_BUFFER_MS,
};

/** The built file: beside this one in dist, and dist's also when this one is run from src. */
function speakerChildPath(): string {
  const here = fileURLToPath(new URL('./speaker-child.js', import.meta.url));
  return existsSync(here) ? here : here.replace(/([/\\])src(?=[/\\]playback[/\\])/, '$1dist');
}

/**
 * In the order in which they are tried. pacat comes before pw-cat, to PipeWire, too: it says what it
 * took, so that what waits in its pipe is known for hours.
 */
export const OUTPUT_BACKENDS: readonly OutputBackend[] = [pacat, pwCat, aplay, speaker];

/** Throws MEET_DEVICE_NAME for a name that a backend may not be given. */
export function checkDevice(backend: OutputBackend, device: string | undefined): void {
  if (device === undefined || backend.deviceNames.test(device)) return;
  throw new MeetError(
    'MEET_DEVICE_NAME',
    `the sound output ${JSON.stringify(device.slice(0, 80))} is not a name that ${backend.name} takes; see pactl list short sinks, aplay -l`,
  );
}

/**
 * pacat(1) with --verbose: each 50 ms `Time: 0.106 sec; Latency: 19427 usec.`, where the first is what
 * was heard and the second what was taken and isn't heard yet.
 */
function readPacat(line: string): Said | undefined {
  const [, heardS, waitingUs] = /^Time: ([\d.]+) sec; Latency: (-?\d+) usec/.exec(line) ?? [];
  if (heardS !== undefined && waitingUs !== undefined) {
    return { what: 'taken', takenMs: Number(heardS) * 1000 + Number(waitingUs) / 1000 };
  }
  if (line.startsWith('Stream successfully created')) return { what: 'ready' };
  return line.startsWith('Stream underrun') ? { what: 'dry' } : undefined;
}

/** As speaker-child.ts says it. */
function readSpeakerChild(line: string): Said | undefined {
  if (line === 'ready') return { what: 'ready' };
  const [, takenMs] = /^taken ([\d.]+)$/.exec(line) ?? [];
  return takenMs === undefined ? undefined : { what: 'taken', takenMs: Number(takenMs) };
}
