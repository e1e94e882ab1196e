/**
 * The recording devices of ALSA, as arecord lists them. Owns reading these lists; records nothing.
 */
import type { CaptureContext, Device } from '../source.js';
import { MeetError } from '../../transport/errors.js';
import { programOutput } from '../program-output.js';
import { soundEnvironment } from './sound-environment.js';

/** PCMs that alsa-lib and its plugins always list, whether anything is behind them or not. */
const PLUGIN_PCMS = new Set(
  'null lavrate samplerate speexrate jack oss pulse pipewire speex upmix vdownmix'.split(' '),
);

/** `default` and PCMs that an asound.conf names, then each card's device as `hw:CARD,DEVICE`. */
export async function alsaDevices(context: CaptureContext): Promise<readonly Device[]> {
  const arecord = context.findProgram('arecord');
  if (arecord === undefined) return [];
  const env = soundEnvironment(context.env, context.platform);
  const [names, cards] = await Promise.all([
    programOutput(arecord, ['-L'], env),
    programOutput(arecord, ['-l'], env),
  ]);
  return [...namedDevices(names.stdout), ...cardDevices(cards.stdout)];
}

/** MEET_DEVICE_NONE when ALSA has nothing to record from. */
export async function alsaUnavailable(context: CaptureContext): Promise<MeetError | undefined> {
  return (await alsaDevices(context)).length > 0 ? undefined : noSoundCard();
}

/** MEET_DEVICE_NONE: no sound card. */
export function noSoundCard(cause?: unknown): MeetError {
  return new MeetError(
    'MEET_DEVICE_NONE',
    'ALSA has no device to record from; plug in a microphone and see arecord -l; a card that only root sees: usermod -aG audio $USER, then log in again',
    cause === undefined ? {} : { cause },
  );
}

/**
 * Reads `arecord -L`: a name at the start of a line, its words on indented lines below. Names with a
 * colon are cards again, in many disguises; only bare ones are taken.
 */
export function namedDevices(text: string): readonly Device[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (!/^[A-Za-z_][\w.-]*$/.test(line) || PLUGIN_PCMS.has(line)) return [];
    const next = lines[index + 1] ?? '';
    return [{ name: line, label: next.startsWith(' ') ? next.trim() : `ALSA ${line}` }];
  });
}

/** Reads `arecord -l`: `card 1: PCH [HDA Intel PCH], device 0: ALC892 Analog [ALC892 Analog]`. */
export function cardDevices(text: string): readonly Device[] {
  const rows = text.matchAll(/^card (\d+): .*?\[(.*?)\], device (\d+): .*?\[(.*?)\]/gm);
  return [...rows].map(([, card = '', cardName = '', device = '', deviceName = '']) => ({
    name: `hw:${card},${device}`,
    label: `${cardName}: ${deviceName}`,
  }));
}
