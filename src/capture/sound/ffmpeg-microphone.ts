/**
 * The microphone by ffmpeg: PulseAudio and ALSA on Linux, AVFoundation on macOS, DirectShow on
 * Windows. Owns ffmpeg's input arguments and the reading of its device lists.
 */
import { startProgram } from '../child-program.js';
import { missingProgram } from '../missing-program.js';
import type { Backend, CaptureContext, Device, OpenRequest, Source } from '../source.js';
import { MeetError } from '../../transport/errors.js';
import { converting } from './arecord.js';
import { spokenName } from './device-name.js';
import { findLinuxMicrophone, linuxDevices, linuxUnavailable } from './linux-microphone.js';
import { programOutput } from '../program-output.js';
import { soundEnvironment } from './sound-environment.js';
import { DEVICE_RATE_HZ, deviceFormat, frameBytes } from './sound-format.js';
import { openSoundProgram } from './sound-program.js';

const SYSTEMS = ['pulse', 'alsa'] as const;

interface Input {
  readonly device: string;
  readonly channels: number;
  readonly args: readonly string[];
}

/** Records what ffmpeg's input devices reach. */
export const ffmpegMicrophoneBackend: Backend = {
  name: 'ffmpeg',
  kind: 'audio',
  async unavailable(context) {
    if (context.findProgram('ffmpeg') === undefined) {
      return missingProgram('ffmpeg', context.platform);
    }
    if (context.platform === 'linux') return linuxUnavailable(context, SYSTEMS);
    return (await devices(context)).length > 0 ? undefined : noMicrophone();
  },
  devices,
  open,
};

async function devices(context: CaptureContext): Promise<readonly Device[]> {
  const program = context.findProgram('ffmpeg');
  if (program === undefined) return [];
  if (context.platform === 'linux') return linuxDevices(context, SYSTEMS);
  const listing =
    context.platform === 'darwin'
      ? ['-f', 'avfoundation', '-list_devices', 'true', '-i', '']
      : ['-f', 'dshow', '-list_devices', 'true', '-i', 'dummy'];
  const args = ['-nostdin', '-hide_banner', ...listing];
  // ffmpeg lists devices on standard error and then fails, since there is nothing to do.
  const { stderr } = await programOutput(program, args, context.env);
  return context.platform === 'darwin' ? avfoundationDevices(stderr) : dshowDevices(stderr);
}

async function open(request: OpenRequest): Promise<Source> {
  const { context } = request;
  const program = context.findProgram('ffmpeg');
  if (program === undefined) throw missingProgram('ffmpeg', context.platform);
  const { device, channels, args: input } = await inputOf(request);
  const format = deviceFormat(channels);
  const env = soundEnvironment(context.env, context.platform);
  const args = [
    ...['-nostdin', '-hide_banner', '-loglevel', 'error'],
    // Without these ffmpeg first reads ahead to guess a format that the device has told it.
    ...['-fflags', 'nobuffer', '-probesize', '32', '-analyzeduration', '0'],
    ...input,
    ...['-vn', '-ac', String(format.channels), '-ar', String(format.sampleRateHz)],
    ...['-flush_packets', '1', '-f', 's16le', 'pipe:1'],
  ];
  const start = () => startProgram({ program, args, env });
  const plan = { backend: 'ffmpeg', program: 'ffmpeg', device, format, env, start };
  return openSoundProgram(request, plan);
}

async function inputOf({ context, device }: OpenRequest): Promise<Input> {
  if (context.platform === 'linux') return linuxInput(context, device);
  const name = device === undefined ? undefined : spokenName(device);
  if (context.platform === 'darwin') {
    const args = ['-f', 'avfoundation', '-i', `:${name ?? 'default'}`];
    return { device: name ?? 'default', channels: 1, args };
  }
  const chosen = name ?? (await devices(context))[0]?.name;
  if (chosen === undefined) throw noMicrophone();
  const args = ['-f', 'dshow', '-audio_buffer_size', '20', '-i', `audio=${chosen}`];
  return { device: chosen, channels: 1, args };
}

async function linuxInput(context: CaptureContext, device: string | undefined): Promise<Input> {
  const { system, name, channels } = await findLinuxMicrophone(context, SYSTEMS, device);
  if (system === 'alsa') {
    const args = ['-f', 'alsa', '-sample_rate', String(DEVICE_RATE_HZ), '-channels'];
    return { device: name, channels, args: [...args, String(channels), '-i', converting(name)] };
  }
  const format = deviceFormat(channels);
  const args = [
    ...['-f', 'pulse', '-sample_rate', String(format.sampleRateHz)],
    ...['-channels', String(format.channels), '-frame_size', String(frameBytes(format))],
    ...['-fragment_size', String(frameBytes(format)), '-i', name],
  ];
  return { device: name, channels, args };
}

/** Reads the part after `AVFoundation audio devices:`, lines such as `[…] [0] Built-in Microphone`. */
export function avfoundationDevices(text: string): readonly Device[] {
  const [, audio = ''] = text.split('AVFoundation audio devices:');
  const rows = audio.matchAll(/\] \[(\d+)\] (.+?)\s*$/gm);
  return [...rows].map(([, index = '', label = '']) => ({ name: index, label }));
}

/** Reads lines such as `[dshow @ …] "Microphone (Realtek)" (audio)`. */
export function dshowDevices(text: string): readonly Device[] {
  const rows = text.matchAll(/\] "(.+?)" \(audio\)\s*$/gm);
  return [...rows].map(([, name = '']) => ({ name, label: name }));
}

function noMicrophone(): MeetError {
  return new MeetError(
    'MEET_DEVICE_NONE',
    'ffmpeg finds no microphone; plug one in, and let the terminal use it in the privacy settings of the system',
  );
}
