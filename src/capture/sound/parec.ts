/**
 * The microphone by PulseAudio's own recorder, through node-record-lpcm16. Owns parec's arguments and
 * what it reports. PipeWire answers it as well.
 *
 * When a source goes away the server moves its recordings to another one without a word: a share of
 * the headset would go on with the room's microphone. parec has no option against it, but says it
 * with --verbose, so that is on, and a move is a fault.
 */
import type { Backend, OpenRequest, Source } from '../source.js';
import { MeetError } from '../../transport/errors.js';
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
    '--verbose',
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
    lastWords,
    faultIn: (stderr) => movedAway(stderr, device),
  });
}

/** What --verbose says in good times. */
const CHATTER =
  /^(?:Time: |Opening a |Connection established|Stream successfully|Buffer metrics|Using sample|Connected to device|Stream device |Stream moved )/;

function lastWords(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line !== '' && !CHATTER.test(line))
    .join('\n');
}

/** A fault when the server took the recording from `device` to another one. */
function movedAway(stderr: string, device: string): MeetError | undefined {
  const last = [...stderr.matchAll(/Stream moved to device (\S+) \(/g)].at(-1)?.[1];
  if (last === undefined || last === device || device === 'default') return undefined;
  return new MeetError(
    'MEET_DEVICE_LOST',
    `the sound server moved the recording from "${device}" to "${last}": "${device}" is unplugged or was exchanged in the sound settings; plug it in, or share the other: --audio ${last}`,
  );
}
