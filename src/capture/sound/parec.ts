/**
 * The microphone by PulseAudio's own recorder, through node-record-lpcm16. Owns parec's arguments.
 * PipeWire answers it as well.
 */
import type { Backend, OpenRequest, Source } from '../source.js';
import { missingProgram } from '../missing-program.js';
import { pulseName } from './device-name.js';
import { findPulseSource, pulseDevices, pulseUnavailable } from './pulse-sources.js';
import { startRecorded } from './recorded-program.js';
import { soundEnvironment } from './sound-environment.js';
import { FRAME_MS, deviceFormat } from './sound-format.js';
import { openSoundProgram } from './sound-program.js';

/** Records a PulseAudio source, named as `pactl list short sources` does. */
export const parecBackend: Backend = {
  name: 'parec',
  kind: 'audio',
  unavailable: async (context) =>
    context.findProgram('parec') === undefined
      ? missingProgram('parec', context.platform)
      : pulseUnavailable(context),
  devices: pulseDevices,
  open,
};

async function open(request: OpenRequest): Promise<Source> {
  const { context } = request;
  const wanted = request.device === undefined ? undefined : pulseName(request.device);
  const program = context.findProgram('parec');
  if (program === undefined) throw missingProgram('parec', context.platform);
  const found = await findPulseSource(context, wanted);
  const device = found?.name ?? wanted ?? 'default';
  const format = deviceFormat(found?.channels ?? 1);
  const env = soundEnvironment(context.env, context.platform);
  const args = [
    '--raw',
    '--format=s16le',
    `--rate=${format.sampleRateHz}`,
    `--channels=${format.channels}`,
    `--latency-msec=${FRAME_MS}`,
    '--client-name=meet',
    '--stream-name=microphone',
    ...(device === 'default' ? [] : [`--device=${device}`]),
  ];
  const start = () => startRecorded({ program, args, env, format });
  return openSoundProgram(request, {
    backend: 'parec',
    program: 'parec',
    device,
    format,
    env,
    start,
  });
}
