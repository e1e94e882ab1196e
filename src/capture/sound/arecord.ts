/**
 * The microphone by ALSA's own recorder, through node-record-lpcm16. Owns arecord's arguments.
 */
import type { Backend, OpenRequest, Source } from '../source.js';
import { MeetError } from '../../transport/errors.js';
import { missingProgram } from '../missing-program.js';
import { alsaDevices, alsaUnavailable, noSoundCard } from './alsa-devices.js';
import { alsaName } from './device-name.js';
import { startRecorded } from './recorded-program.js';
import { soundEnvironment } from './sound-environment.js';
import { FRAME_MS, deviceFormat } from './sound-format.js';
import { openSoundProgram } from './sound-program.js';

/** arecord's own period is 125 ms: too late for the first frame. Ten periods bridge a busy moment. */
const PERIOD_US = FRAME_MS * 1000;
const BUFFER_US = 10 * PERIOD_US;

/** Records an ALSA device: `default`, `hw:1`, `plughw:1,0`, or a name of an asound.conf. */
export const arecordBackend: Backend = {
  name: 'arecord',
  kind: 'audio',
  async unavailable(context) {
    if (context.platform !== 'linux') {
      return new MeetError(
        'MEET_DEVICE_NONE',
        `ALSA is a sound system of Linux, this is ${context.platform}; use sox or ffmpeg`,
      );
    }
    return context.findProgram('arecord') === undefined
      ? missingProgram('arecord', context.platform)
      : alsaUnavailable(context);
  },
  devices: alsaDevices,
  open,
};

async function open(request: OpenRequest): Promise<Source> {
  const { context } = request;
  const wanted = request.device === undefined ? undefined : alsaName(request.device);
  const program = context.findProgram('arecord');
  if (program === undefined) throw missingProgram('arecord', context.platform);
  const device = wanted ?? (await alsaDevices(context))[0]?.name;
  if (device === undefined) throw noSoundCard();
  const format = deviceFormat(1);
  const env = soundEnvironment(context.env, context.platform);
  const args = [
    '--quiet',
    `--device=${converting(device)}`,
    '--file-type=raw',
    '--format=S16_LE',
    `--rate=${format.sampleRateHz}`,
    `--channels=${format.channels}`,
    `--period-time=${PERIOD_US}`,
    `--buffer-time=${BUFFER_US}`,
    '-',
  ];
  const start = () => startRecorded({ program, args, env, format });
  const plan = { backend: 'arecord', program: 'arecord', device, format, env, start };
  return openSoundProgram(request, plan);
}

/**
 * `hw:1` takes only what the card does by itself, often two channels or 44100 Hz; `plughw:1` is the
 * same card with ALSA's conversion, so that what we write down as its format is true.
 */
export function converting(device: string): string {
  return device.startsWith('hw:') ? `plug${device}` : device;
}
