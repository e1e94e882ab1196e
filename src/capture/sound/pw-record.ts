/**
 * The microphone by PipeWire's own recorder, through node-record-lpcm16: for machines where PipeWire
 * answers no programs of PulseAudio. Owns pw-record's arguments.
 *
 * With `-` for its file it writes bare samples to standard output. A recording whose source goes away
 * would be moved to another one by the session manager: `node.dont-reconnect` forbids it.
 */
import { MeetError } from '../../transport/errors.js';
import { missingProgram } from '../missing-program.js';
import type { Backend, CaptureContext, OpenRequest, Source } from '../source.js';
import { pulseName } from './device-name.js';
import { pipewireDevices, pipewireSources } from './pipewire-sources.js';
import type { PipewireSource } from './pipewire-sources.js';
import { startRecorded } from './recorded-program.js';
import { soundEnvironment } from './sound-environment.js';
import { FRAME_MS, deviceFormat } from './sound-format.js';
import { openSoundProgram } from './sound-program.js';

/** Records a PipeWire node, named as programs of PulseAudio see it. */
export const pwRecordBackend: Backend = {
  name: 'pw-record',
  kind: 'audio',
  async unavailable(context) {
    if (context.findProgram('pw-record') === undefined) {
      return missingProgram('pw-record', context.platform);
    }
    try {
      const sources = await pipewireSources(context);
      return sources.length > 0 ? undefined : noSource();
    } catch (thrown) {
      if (thrown instanceof MeetError) return thrown;
      throw thrown;
    }
  },
  devices: pipewireDevices,
  open,
};

async function open(request: OpenRequest): Promise<Source> {
  const { context } = request;
  const wanted = request.device === undefined ? 'default' : pulseName(request.device);
  const program = context.findProgram('pw-record');
  if (program === undefined) throw missingProgram('pw-record', context.platform);
  const source = await findSource(context, wanted);
  const format = deviceFormat(source.channels);
  const env = soundEnvironment(context.env, context.platform);
  const properties = {
    'node.dont-reconnect': true,
    ...(source.isMonitor ? { 'stream.capture.sink': true } : {}),
  };
  const args = [
    `--target=${source.node}`,
    `--properties=${JSON.stringify(properties)}`,
    '--media-category=Capture',
    `--latency=${FRAME_MS}ms`,
    '--format=s16',
    `--rate=${format.sampleRateHz}`,
    `--channels=${format.channels}`,
    '-',
  ];
  const start = () => startRecorded({ program, args, env, format });
  const plan = { backend: 'pw-record', program: 'pw-record', device: source.name, format, env };
  return openSoundProgram(request, { ...plan, start });
}

/** The source of that name (`default`: the first microphone). */
async function findSource(context: CaptureContext, wanted: string): Promise<PipewireSource> {
  const sources = await pipewireSources(context);
  const found =
    wanted === 'default' ? sources[0] : sources.find((source) => source.name === wanted);
  if (found !== undefined) return found;
  if (sources.length === 0) throw noSource();
  throw new MeetError(
    'MEET_DEVICE_NAME',
    `PipeWire has no source "${wanted}"; it has ${sources.map(({ name }) => name).join(', ')} (meet devices)`,
  );
}

function noSource(): MeetError {
  return new MeetError(
    'MEET_DEVICE_NONE',
    'PipeWire has no source to record from; plug in a microphone, and see that a session manager runs: systemctl --user status wireplumber',
  );
}
