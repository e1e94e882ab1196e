/**
 * The microphone by sox, through node-record-lpcm16. Owns sox's arguments and the choice of its
 * driver: sox takes the device from AUDIODEV and the driver from AUDIODRIVER (sox(1)).
 */
import { missingProgram } from '../missing-program.js';
import type { Backend, CaptureContext, Device, OpenRequest, Source } from '../source.js';
import { MeetError } from '../../transport/errors.js';
import { converting } from './arecord.js';
import { spokenName } from './device-name.js';
import type { SoundSystem } from './linux-microphone.js';
import { findLinuxMicrophone, linuxDevices, linuxUnavailable } from './linux-microphone.js';
import { programOutput } from '../program-output.js';
import { startRecorded } from './recorded-program.js';
import { soundEnvironment } from './sound-environment.js';
import { deviceFormat, frameBytes } from './sound-format.js';
import { openSoundProgram } from './sound-program.js';

/** sox's names of Linux' sound systems. */
const DRIVER: Readonly<Record<SoundSystem, string>> = { pulse: 'pulseaudio', alsa: 'alsa' };

/** Records what sox's drivers reach: on Linux the sound server and ALSA, else the system's default. */
export const soxBackend: Backend = {
  name: 'sox',
  kind: 'audio',
  async unavailable(context) {
    const program = context.findProgram('sox');
    if (program === undefined) return missingProgram('sox', context.platform);
    if (context.platform !== 'linux') return undefined;
    const systems = await soxSystems(context, program);
    return systems.length === 0 ? noDriver() : linuxUnavailable(context, systems);
  },
  devices,
  open,
};

async function devices(context: CaptureContext): Promise<readonly Device[]> {
  const program = context.findProgram('sox');
  if (program === undefined || context.platform !== 'linux') return [];
  return linuxDevices(context, await soxSystems(context, program));
}

async function open(request: OpenRequest): Promise<Source> {
  const { context } = request;
  const program = context.findProgram('sox');
  if (program === undefined) throw missingProgram('sox', context.platform);
  const { device, channels, variables } = await target(request, program);
  const format = deviceFormat(channels);
  const env = { ...soundEnvironment(context.env, context.platform), ...variables };
  const args = [
    '--buffer',
    String(frameBytes(format)),
    '--default-device',
    '--no-show-progress',
    ...['--rate', String(format.sampleRateHz)],
    ...['--channels', String(format.channels)],
    ...['--encoding', 'signed-integer', '--bits', '16', '--endian', 'little'],
    ...['--type', 'raw', '-'],
  ];
  const start = () => startRecorded({ program, args, env, format });
  return openSoundProgram(request, { backend: 'sox', program: 'sox', device, format, env, start });
}

/** What sox is to record, as its two variables say it. */
async function target({ context, device }: OpenRequest, program: string) {
  if (context.platform !== 'linux') {
    const name = device === undefined ? undefined : spokenName(device);
    return { device: name ?? 'default', channels: 1, variables: { AUDIODEV: name } };
  }
  const systems = await soxSystems(context, program);
  if (systems.length === 0) throw noDriver();
  const found = await findLinuxMicrophone(context, systems, device);
  const name = found.system === 'alsa' ? converting(found.name) : found.name;
  const variables = { AUDIODRIVER: DRIVER[found.system], AUDIODEV: name };
  return { device: found.name, channels: found.channels, variables };
}

/** Debian packs sox's drivers one by one; `sox --help` names those that are installed. */
async function soxSystems(context: CaptureContext, program: string): Promise<SoundSystem[]> {
  const env = soundEnvironment(context.env, context.platform);
  const { stdout } = await programOutput(program, ['--help'], env);
  const drivers = /^AUDIO DEVICE DRIVERS:(.*)$/m.exec(stdout)?.[1]?.trim().split(/\s+/) ?? [];
  return (['pulse', 'alsa'] as const).filter((system) => drivers.includes(DRIVER[system]));
}

function noDriver(): MeetError {
  return new MeetError(
    'MEET_PROGRAM_MISSING',
    'sox is installed without a driver for PulseAudio or ALSA; install one: apt-get install libsox-fmt-pulse',
  );
}
