/**
 * Which of Linux' two sound systems a microphone's name belongs to. Owns this choice for the
 * programs that speak both (sox, ffmpeg); lists and opens nothing by itself.
 */
import type { CaptureContext, Device } from '../source.js';
import type { MeetError } from '../../transport/errors.js';
import { alsaDevices, alsaUnavailable, noSoundCard } from './alsa-devices.js';
import { alsaName, isAlsaHardware, pulseName } from './device-name.js';
import { findPulseSource, pulseDevices, pulseUnavailable } from './pulse-sources.js';

export type SoundSystem = 'pulse' | 'alsa';

export interface LinuxMicrophone {
  readonly system: SoundSystem;
  readonly name: string;
  readonly channels: number;
}

/** What can be recorded by the systems that a program speaks, the sound server's first. */
export async function linuxDevices(
  context: CaptureContext,
  systems: readonly SoundSystem[],
): Promise<readonly Device[]> {
  const lists = await Promise.all([
    systems.includes('pulse') ? pulseDevices(context) : [],
    systems.includes('alsa') ? alsaDevices(context) : [],
  ]);
  return lists.flat();
}

/** Why none of the systems has anything to record, or undefined; the first system's reason. */
export async function linuxUnavailable(
  context: CaptureContext,
  systems: readonly SoundSystem[],
): Promise<MeetError | undefined> {
  const reasons = await Promise.all(
    systems.map((system) =>
      system === 'pulse' ? pulseUnavailable(context) : alsaUnavailable(context),
    ),
  );
  return reasons.includes(undefined) ? undefined : reasons[0];
}

/**
 * Finds `device` (undefined: the best one). A sound server's source wins over an ALSA name, but for
 * `hw:1` and the like. Throws MEET_DEVICE_NAME or MEET_DEVICE_NONE.
 */
export async function findLinuxMicrophone(
  context: CaptureContext,
  systems: readonly SoundSystem[],
  device: string | undefined,
): Promise<LinuxMicrophone> {
  if (systems.includes('pulse') && !(device !== undefined && isAlsaHardware(device))) {
    try {
      return await pulseMicrophone(context, device);
    } catch (thrown) {
      if (!systems.includes('alsa') || !(await isAlsaDevice(context, device))) throw thrown;
    }
  }
  if (!systems.includes('alsa')) throw noSoundCard();
  const name = device === undefined ? (await alsaDevices(context))[0]?.name : alsaName(device);
  if (name === undefined) throw noSoundCard();
  return { system: 'alsa', name, channels: 1 };
}

async function pulseMicrophone(
  context: CaptureContext,
  device: string | undefined,
): Promise<LinuxMicrophone> {
  const wanted = device === undefined ? undefined : pulseName(device);
  const found = await findPulseSource(context, wanted);
  if (found !== undefined) {
    return { system: 'pulse', name: found.name, channels: found.channels };
  }
  return { system: 'pulse', name: wanted ?? 'default', channels: 1 };
}

async function isAlsaDevice(context: CaptureContext, device: string | undefined): Promise<boolean> {
  const devices = await alsaDevices(context);
  return device === undefined ? devices.length > 0 : devices.some(({ name }) => name === device);
}
